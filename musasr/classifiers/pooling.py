"""Frames of any number into one vector: by mean, by attention, or by a recurrent layer's last state."""

import torch
from torch import Tensor, nn


class MeanPooling(nn.Module):
    """The mean over time."""

    def __init__(self, num_inputs: int):
        """Hold the size."""
        super().__init__()
        self.num_outputs = num_inputs

    def forward(self, frames: Tensor) -> Tensor:
        """Map (B, L, C) to (B, C)."""
        return frames.mean(1)


class AttentivePooling(nn.Module):
    """Self-attentive pooling (SAP): a mean weighted by softmax over time of v . tanh(W x + b)."""

    def __init__(self, num_inputs: int):
        """Build the attention."""
        super().__init__()
        self.num_outputs = num_inputs
        self.hidden = nn.Linear(num_inputs, num_inputs)
        self.query = nn.Parameter(torch.empty(num_inputs, 1))
        nn.init.xavier_normal_(self.query)

    def weights(self, frames: Tensor) -> Tensor:
        """What each frame counts, (B, L, 1); the sum over time is 1."""
        return torch.softmax(torch.tanh(self.hidden(frames)) @ self.query, dim=1)

    def forward(self, frames: Tensor) -> Tensor:
        """Map (B, L, C) to (B, C)."""
        return (self.weights(frames) * frames).sum(1)


class AttentiveStatistics(AttentivePooling):
    """Attentive statistics pooling (ASP): the weighted mean, and beside it the standard deviation."""

    SMALLEST_VARIANCE = 1e-5

    def __init__(self, num_inputs: int):
        """Build the attention."""
        super().__init__(num_inputs)
        self.num_outputs = 2 * num_inputs

    def forward(self, frames: Tensor) -> Tensor:
        """Map (B, L, C) to (B, 2 C)."""
        weights = self.weights(frames)
        mean = (weights * frames).sum(1)
        variance = (weights * frames**2).sum(1) - mean**2
        return torch.cat([mean, variance.clamp(min=self.SMALLEST_VARIANCE).sqrt()], dim=1)


class RecurrentPooling(nn.Module):
    """The last state of a GRU: with it a convolutional trunk is a CRNN."""

    def __init__(self, num_inputs: int, *, hidden_size: int | None = None):
        """Build the GRU; without a size it is as wide as its input."""
        super().__init__()
        self.num_outputs = hidden_size or num_inputs
        self.gru = nn.GRU(num_inputs, self.num_outputs, batch_first=True)

    def forward(self, frames: Tensor) -> Tensor:
        """Map (B, L, C) to (B, hidden_size)."""
        return self.gru(frames)[1][-1]


POOLINGS = {
    "mean": MeanPooling,
    "sap": AttentivePooling,
    "asp": AttentiveStatistics,
    "gru": RecurrentPooling,
}
