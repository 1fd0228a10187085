"""What a classifier or an embedder is trained by; every one is the mean over the batch's items."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class CrossEntropy(nn.Module):
    """Of one class an item; targets are probabilities, so that mixed items have mixed labels."""

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss () of logits (B, K) and targets (B, K) whose rows sum to 1."""
        return functional.cross_entropy(logits, targets)


class BinaryCrossEntropy(nn.Module):
    """Of several labels an item: the mean over labels."""

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss () of logits (B, K) and targets (B, K) in [0, 1]."""
        return functional.binary_cross_entropy_with_logits(logits, targets)


class FocalLoss(nn.Module):
    """Cross entropy that counts what is known already for little (Lin et al., 2017): (1 - p)^gamma CE."""

    def __init__(self, *, gamma: float = 2.0, several: bool = False):
        """Say how strongly, and whether an item has several labels."""
        super().__init__()
        self.gamma, self.several = gamma, several

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss () of logits (B, K) and targets (B, K)."""
        if self.several:
            entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
            probability = torch.sigmoid(logits)
            missed = targets * (1 - probability) + (1 - targets) * probability
            return (missed**self.gamma * entropy).mean()
        logs = functional.log_softmax(logits, dim=1)
        return -(targets * (1 - logs.exp()) ** self.gamma * logs).sum(1).mean()


class AngularPrototypical(nn.Module):
    """Each speaker's first utterance is to be nearest to the mean of that speaker's others, by the angle.

    Chung et al., 2020, "In defence of metric learning for speaker recognition": CE of w cos + b over the
    batch's speakers.
    """

    SMALLEST_SCALE = 1e-6

    def __init__(self, *, scale: float = 10.0, bias: float = -5.0):
        """Hold the first values of w and b, which are trained."""
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))
        self.bias = nn.Parameter(torch.tensor(bias))

    def similarities(self, embeddings: Tensor) -> Tensor:
        """w cos + b, (N, N): first utterances by means of the others, of embeddings (N, M, E), M from 2."""
        queries = functional.normalize(embeddings[:, 0], dim=1)
        prototypes = functional.normalize(embeddings[:, 1:].mean(1), dim=1)
        return queries @ prototypes.T * self.scale.clamp(min=self.SMALLEST_SCALE) + self.bias

    def forward(self, embeddings: Tensor) -> Tensor:
        """The loss () of embeddings (N, M, E): N speakers, M utterances of each."""
        scores = self.similarities(embeddings)
        return functional.cross_entropy(scores, torch.arange(len(scores), device=scores.device))


LOSSES = {"ce": CrossEntropy, "bce": BinaryCrossEntropy, "focal": FocalLoss}
