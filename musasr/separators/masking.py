"""What all separators by masks have in common: the masks meet the mixture's features."""

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Callable

from espnet2.enh.separator.abs_separator import AbsSeparator
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence


class MaskingSeparator(AbsSeparator):
    """One mask a source on the mixture's features, d_s = m_s * w, sources in a fixed order."""

    def __init__(self, num_spk: int):
        """Give `num_spk` sources (S)."""
        super().__init__()
        self._num_spk = num_spk

    @property
    def num_spk(self) -> int:
        """Number of sources S."""
        return self._num_spk

    def forward(
        self, input: Tensor, ilens: Tensor | None, additional: dict | None = None
    ) -> tuple[list[Tensor], Tensor | None, OrderedDict]:
        """Return what the decoder turns into the sources.

        Args:
            input: Features of the mixture, (B, L, F).
            ilens: Valid frames, (B,), or None if nothing is padded.
            additional: ESPnet's place for a cue; not used.

        Returns:
            Masked features, a list of S tensors (B, L, F), zero in the padding;
            ilens; the masks as `mask_spk1`, `mask_spk2` ..., each (B, L, F).
        """
        masks = self.estimate_masks(input, ilens)
        estimates = [input * mask for mask in masks]
        return estimates, ilens, OrderedDict((f"mask_spk{i}", mask) for i, mask in enumerate(masks, 1))

    @abstractmethod
    def estimate_masks(self, mixture: Tensor, lengths: Tensor | None) -> tuple[Tensor, ...]:
        """Return S masks, each (B, L, F), zero in the padding, for the mixture's features (B, L, F)."""


def one_by_one(network: Callable[[Tensor], Tensor], mixture: Tensor, is_inside: Tensor) -> Tensor:
    """What a network makes of each utterance's own frames: (B, L, F) in, (B, L, C) out, zero in the padding.

    A core gains nothing from a batch, and so neither computes what is padded nor copies what is not.
    """
    lengths = is_inside.sum(dim=1).tolist()
    found = [network(mixture[i : i + 1, :length]).squeeze(0) for i, length in enumerate(lengths)]
    padded = pad_sequence(found, batch_first=True)
    return functional.pad(padded, (0, 0, 0, mixture.shape[1] - padded.shape[1]))
