"""Encoder, separator and decoder one behind the other, to separate with and no more."""

from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn


class SeparatorChain(nn.Module):
    """What ESPnet's enhancement model does with a mixture, under its names and with its weights.

    ESPnet's own has losses beside, and takes ten seconds to import.
    """

    def __init__(self, encoder: nn.Module, separator: nn.Module, decoder: nn.Module):
        """Join parts that are built already."""
        super().__init__()
        self.encoder, self.separator, self.decoder = encoder, separator, decoder

    @property
    def num_spk(self) -> int:
        """Number of sources that come out."""
        return self.separator.num_spk

    def forward_enhance(
        self, mixture: Tensor, lengths: Tensor, additional: Mapping[str, Tensor] | None = None
    ) -> tuple[list[Tensor], Tensor, list[Tensor], OrderedDict]:
        """The sources of mixtures, before their level is set.

        Args:
            mixture: (B, T).
            lengths: Valid samples of each (B,).
            additional: What the separator is told beside.

        Returns:
            Waveforms, one (B, T) a source; the mixture's features (B, L, F); those of each source; what else
            the separator gives, such as masks.
        """
        features, num_frames = self.encoder(mixture, lengths)
        sources, _, others = self.separator(features, num_frames, additional)
        return [self.decoder(source, lengths)[0] for source in sources], features, sources, others
