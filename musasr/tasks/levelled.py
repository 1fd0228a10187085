"""A whole separator as ESPnet's `separator`, for its inference classes: waveforms in, waveforms out."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from espnet2.enh.separator.abs_separator import AbsSeparator
from espnet2.tasks.enh import decoder_choices, encoder_choices, separator_choices
from torch import Tensor

from musasr.joint import match_level


class LevelledSeparator(AbsSeparator):
    """Encoder, masks and decoder in one, and behind them the level that the mixture tells (`match_level`).

    ESPnet's SeparateSpeech calls a model's encoder, separator and decoder one by one: none of the three has
    both the mixture and all estimates, so none could set their level. Stands between ESPnet's encoder and
    decoder ``same``, which hand waveforms on.
    """

    def __init__(
        self,
        input_dim: int,
        encoder: str,
        separator: str,
        decoder: str,
        encoder_conf: Mapping[str, Any],
        separator_conf: Mapping[str, Any],
        decoder_conf: Mapping[str, Any],
        num_spk: int = 2,
    ):
        """Build the parts.

        Args:
            input_dim: ESPnet's; 1, since the input is a waveform.
            encoder: Name of the encoder among ESPnet's and ours.
            separator: Name of what estimates the masks.
            decoder: Name of the decoder.
            encoder_conf: Arguments of the encoder.
            separator_conf: Arguments of the separator.
            decoder_conf: Arguments of the decoder.
            num_spk: How many sources come out, the first ones: 1 is the speech alone. All are estimated,
                since the level of each depends on the others.
        """
        super().__init__()
        self.encoder = encoder_choices.get_class(encoder)(**encoder_conf)
        self.separator = separator_choices.get_class(separator)(self.encoder.output_dim, **separator_conf)
        self.decoder = decoder_choices.get_class(decoder)(**decoder_conf)
        self._num_spk = num_spk

    @property
    def num_spk(self) -> int:
        """Number of sources that come out."""
        return self._num_spk

    def forward(
        self, input: Tensor, ilens: Tensor, additional: dict | None = None
    ) -> tuple[list[Tensor], Tensor, OrderedDict]:
        """Return the sources.

        Args:
            input: Mixtures (B, T).
            ilens: Valid samples of each (B,).
            additional: ESPnet's place for conditions, handed on.

        Returns:
            Waveforms, a list of num_spk tensors (B, T), at the level that they have in the mixture; ilens;
            an empty dictionary, ESPnet's place for masks.
        """
        features, num_frames = self.encoder(input, ilens)
        masked, *_ = self.separator(features, num_frames, additional)
        estimates = torch.stack([self.decoder(source, ilens)[0] for source in masked], dim=1)
        levelled = match_level(estimates, input)
        return list(levelled.unbind(dim=1))[: self.num_spk], ilens, OrderedDict()
