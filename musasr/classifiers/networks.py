"""Whole networks: waveforms or features in, a speaker's vector or each head's labels out."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.classifiers.features import VoiceFeatures
from musasr.classifiers.losses import LOSSES, AngularPrototypical, FocalLoss
from musasr.classifiers.pooling import POOLINGS
from musasr.classifiers.se_resnet import SeResNet
from musasr.errors import ConfigError, suggest


class SpeakerEmbedder(nn.Module):
    """Waveforms to vectors that are near each other where the speaker is the same: ResNetSE34L by default."""

    def __init__(
        self,
        *,
        embedding_size: int = 256,
        pooling: str = "sap",
        num_bands: int = 40,
        trunk: Mapping[str, Any] | None = None,
    ):
        """Build features, trunk, pooling and the last layer.

        Args:
            embedding_size: E.
            pooling: A name of `POOLINGS`.
            num_bands: Mel bands.
            trunk: Arguments of `SeResNet` that differ from ResNetSE34L's.
        """
        super().__init__()
        self.embedding_size = embedding_size
        self.features = VoiceFeatures(num_bands=num_bands)
        self.trunk = SeResNet(num_bands=num_bands, **{"first_stride": (2, 1), **(trunk or {})})
        self.pooling = build_pooling(pooling, self.trunk.num_channels)
        self.last = nn.Linear(self.pooling.num_outputs, embedding_size)
        self.loss = AngularPrototypical()

    def embed(self, waveforms: Tensor) -> Tensor:
        """Map waveforms (B, T) at 16 kHz, all of whole length, to vectors (B, E), not normalised."""
        return self.last(self.pooling(self.trunk(self.features(waveforms))))

    def forward(self, waveforms: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The loss of N speakers with M utterances each, waveforms (N, M, T): (loss, scores, weight)."""
        embeddings = self.embed(waveforms.flatten(0, 1)).unflatten(0, waveforms.shape[:2])
        loss = self.loss(embeddings)
        scores = self.loss.similarities(embeddings)
        hits = scores.argmax(1) == torch.arange(len(scores), device=scores.device)
        return loss, {"accuracy": hits.float().mean().detach()}, torch.tensor(len(waveforms))


class Head(nn.Module):
    """One question about an item: its labels, whether several may hold, and its loss."""

    def __init__(self, num_inputs: int, *, labels: Sequence[str], several: bool, hidden_size: int, loss: str):
        """Build two linear layers without anything between (as the Rush team's), and the loss.

        Raises:
            ConfigError: There is no such loss.
        """
        super().__init__()
        if loss not in LOSSES:
            raise ConfigError(f"unknown loss {loss!r}", where="loss", mend=suggest(loss, LOSSES))
        self.labels, self.several = tuple(labels), several
        self.layers = nn.Sequential(nn.Linear(num_inputs, hidden_size), nn.Linear(hidden_size, len(labels)))
        self.loss = FocalLoss(several=several) if loss == "focal" else LOSSES[loss]()

    def forward(self, vectors: Tensor) -> Tensor:
        """Map (B, C) to logits (B, K)."""
        return self.layers(vectors)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Of logits (B, K): each label's own where several may hold, else summing to 1."""
        return torch.sigmoid(logits) if self.several else torch.softmax(logits, dim=1)


class Classifier(nn.Module):
    """One trunk, one vector, several heads: features (B, F, L) to logits by the heads' names."""

    def __init__(
        self,
        trunk: nn.Module,
        *,
        pooling: str,
        heads: Mapping[str, Mapping[str, Any]],
        pooling_conf: Mapping[str, Any] | None = None,
        attention: nn.Module | None = None,
    ):
        """Put the parts together.

        Args:
            trunk: Maps (B, F, L) to (B, L', C) and has ``num_channels``.
            pooling: A name of `POOLINGS`.
            heads: The arguments of each `Head` by its name.
            pooling_conf: The pooling's own.
            attention: Scales the trunk's frames (B, L', C) by what it makes of the features.
        """
        super().__init__()
        self.trunk, self.attention = trunk, attention
        self.pooling = build_pooling(pooling, trunk.num_channels, **(pooling_conf or {}))
        self.heads = nn.ModuleDict(
            {name: Head(self.pooling.num_outputs, **conf) for name, conf in heads.items()}
        )

    def logits(self, features: Tensor) -> dict[str, Tensor]:
        """Each head's logits (B, K)."""
        frames = self.trunk(features)
        if self.attention is not None:
            frames = frames * self.attention(features).unsqueeze(1)
        vectors = self.pooling(frames)
        return {name: head(vectors) for name, head in self.heads.items()}

    def probabilities(self, features: Tensor) -> dict[str, Tensor]:
        """Each head's probabilities (B, K)."""
        return {name: self.heads[name].probabilities(one) for name, one in self.logits(features).items()}

    def forward(self, features: Tensor, **targets: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The sum of the heads' losses: (loss, scores, weight); targets (B, K) by the heads' names."""
        logits = self.logits(features)
        losses = {name: head.loss(logits[name], targets[name]) for name, head in self.heads.items()}
        scores = {f"{name}_loss": one.detach() for name, one in losses.items()}
        scores |= {
            f"{name}_hits": _hits(head, logits[name], targets[name]) for name, head in self.heads.items()
        }
        return sum(losses.values()), scores, torch.tensor(len(features))


class TagAttention(nn.Module):
    """An attention map from a frozen tagger: its tags decide how much each channel of another trunk counts.

    H groups of channels: a linear layer maps the tags' probabilities to H weights, softmax over the groups
    times H (so that they are 1 on average), or a sigmoid each.
    """

    def __init__(
        self, tagger: Classifier, *, head: str, num_channels: int, num_groups: int = 8, gate: str = "softmax"
    ):
        """Hold the tagger, whose weights stay as they are.

        Raises:
            ConfigError: The channels do not go into so many groups, or there is no such gate.
        """
        super().__init__()
        if num_channels % num_groups:
            what = f"{num_channels} channels do not go into {num_groups} groups"
            raise ConfigError(what, where="num_groups", mend="give a divisor")
        if gate not in ("softmax", "sigmoid"):
            raise ConfigError(f"unknown gate {gate!r}", where="gate", mend="give softmax or sigmoid")
        self.tagger, self.head, self.gate = tagger.requires_grad_(False), head, gate
        self.num_channels, self.num_groups = num_channels, num_groups
        self.map = nn.Linear(len(tagger.heads[head].labels), num_groups)

    def train(self, mode: bool = True) -> "TagAttention":
        """As for any module, but the tagger's normalisations stay as they are."""
        super().train(mode)
        self.tagger.eval()
        return self

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, F, L) to a factor for each channel (B, C)."""
        with torch.no_grad():
            tags = self.tagger.probabilities(features)[self.head]
        raw = self.map(tags)
        weights = torch.sigmoid(raw) if self.gate == "sigmoid" else raw.softmax(1) * self.num_groups
        return weights.repeat_interleave(self.num_channels // self.num_groups, dim=1)


def build_pooling(name: str, num_inputs: int, **conf: Any) -> nn.Module:
    """The pooling of a name.

    Raises:
        ConfigError: There is none.
    """
    if name not in POOLINGS:
        raise ConfigError(f"unknown pooling {name!r}", where="pooling", mend=suggest(name, POOLINGS))
    return POOLINGS[name](num_inputs, **conf)


def _hits(head: Head, logits: Tensor, targets: Tensor) -> Tensor:
    """The accuracy of one label, or the micro F1 at 0.5 of several, over a batch."""
    if not head.several:
        return (logits.argmax(1) == targets.argmax(1)).float().mean().detach()
    said, true = logits > 0, targets > 0.5
    return (2 * (said & true).sum() / (said.sum() + true.sum()).clamp(min=1)).detach()


def cosine_scores(first: Tensor, second: Tensor) -> Tensor:
    """The cosine of each pair of vectors: (N, E), (M, E) to (N, M)."""
    return functional.normalize(first, dim=1) @ functional.normalize(second, dim=1).T
