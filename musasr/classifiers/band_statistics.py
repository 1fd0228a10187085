"""No convolutions but statistics: what is heard of each band over the whole, for a linear layer behind it."""

import torch
from torch import Tensor, nn


class BandStatistics(nn.Module):
    """Each band's mean, deviation, change from frame to frame and step to the next band, normalised."""

    def __init__(self, *, num_bands: int):
        """Build the normalisation over the batch; it is all that is trained."""
        super().__init__()
        self.num_bands, self.num_channels = num_bands, 4 * num_bands - 1
        self.normalise = nn.BatchNorm1d(self.num_channels)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, F, L) to one frame (B, 1, 4 F - 1)."""
        deviation = features.std(2, correction=0)
        changes = features.diff(dim=2, prepend=features[:, :, :1]).abs().mean(2)
        steps = features.diff(dim=1).abs().mean(2)
        return self.normalise(torch.cat([features.mean(2), deviation, changes, steps], dim=1)).unsqueeze(1)
