"""A LASS-Net that is asked one thing for good, in front of a recogniser: as ESPnet's ``separator``."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from espnet2.enh.separator.abs_separator import AbsSeparator
from torch import Tensor, nn

from musasr.separators.lass.lass_net import SOURCES, build_lass


class LassSeparator(AbsSeparator):
    """Waveforms in, what is asked for and the rest out; between ESPnet's encoder and decoder ``same``.

    The query is one vector, which is trained with the rest: no text's network is left to make it.
    """

    def __init__(
        self,
        input_dim: int,
        *,
        query_size: int,
        stft: Mapping[str, int],
        unet: Mapping[str, Any],
        input_power: float = 1.0,
        mask: str = "magnitude",
    ):
        """Build the network.

        Args:
            input_dim: ESPnet's; 1, since the input is a waveform.
            query_size: D of the query's vector.
            stft: Arguments of `musasr.separators.stft.StftEncoder`.
            unet: Arguments of `musasr.separators.lass.res_unet.ResUNet`, but for query_size and num_maps.
            input_power: What the magnitudes that the network sees are raised to.
            mask: A name of `musasr.separators.lass.masks.MASKS`.

        Raises:
            ConfigError: An argument is wrong.
        """
        super().__init__()
        query = {"num_tags": 1, "size": query_size}
        shared = {"stft": stft, "input_power": input_power, "mask": mask, "loss": "waveform"}
        self.network = build_lass(cue="tags", query=query, unet=unet, **shared)

    @property
    def num_spk(self) -> int:
        """Number of sources that come out."""
        return len(SOURCES)

    def forward(
        self, input: Tensor, ilens: Tensor, additional: Mapping[str, Tensor] | None = None
    ) -> tuple[list[Tensor], Tensor, OrderedDict]:
        """Return the sources.

        Args:
            input: Mixtures (B, T).
            ilens: Valid samples of each (B,).
            additional: ESPnet's place for cues; the query stands already.

        Returns:
            What is asked for and the rest, each (B, T), which sum to the mixture; ilens; an empty dictionary,
            ESPnet's place for masks.
        """
        sources = self.network.separate(input, ilens, input.new_ones(len(input), 1))
        return list(sources.unbind(dim=1)), ilens, OrderedDict()

    def train(self, mode: bool = True) -> "LassSeparator":
        """As of any module; the batch norms keep the statistics that the network came with.

        A recogniser's batches are a few whole utterances and their padding: too little to gather them anew.
        """
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self
