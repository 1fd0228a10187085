"""ESPnet's recognition model as a `musasr.recognizers.reader.Reader`: encoded once, searched all together."""

import logging
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from musasr.recognizers.reader import Reading, Word
from musasr.recognizers.search import DecisiveBeamSearch, TokenHypothesis, build_search, recognize_batch
from musasr.text import Units

SEARCH_KEYS = ("beam_size", "ctc_weight", "length_bonus", "normalize_length")
LIMIT_KEYS = ("maxlenratio", "minlenratio")
# It warns of each utterance whose hypothesis is as long as allowed, which the results show.
logging.getLogger("espnet2.legacy.nets.batch_beam_search").setLevel(logging.ERROR)


class EspnetReader:
    """A recognition model with its units and its search."""

    def __init__(
        self,
        s2t_model: nn.Module,
        units: Units,
        search: DecisiveBeamSearch,
        *,
        sampling_rate: int,
        maxlenratio: float = 0.0,
        minlenratio: float = 0.0,
    ):
        """Put parts together that are built and on their device.

        Args:
            s2t_model: ESPnet's recognition model: features, encoder, decoder.
            units: What the model's unit ids are decoded with.
            search: From `musasr.recognizers.search.build_search`, for this model.
            sampling_rate: Of the waveforms that the model was trained on, Hz.
            maxlenratio: See `musasr.recognizers.search.recognize_nbest`.
            minlenratio: Likewise.
        """
        self.s2t_model = s2t_model
        self.units = units
        self.search = search
        self.sampling_rate = sampling_rate
        self.limits = {"maxlenratio": maxlenratio, "minlenratio": minlenratio}

    @torch.inference_mode()
    def __call__(self, waveforms: Tensor, lengths: Tensor) -> list[Reading]:
        """The best hypothesis of each waveform of (B, T), without times; see `Reader`."""
        encoded, encoded_lengths = self.s2t_model.encode(waveforms, lengths)
        hypotheses = recognize_batch(self.search, encoded, encoded_lengths, **self.limits)
        return [self._reading(hypothesis) for hypothesis in hypotheses]

    def _reading(self, hypothesis: TokenHypothesis) -> Reading:
        # The text is kept as the units spell it: they may well write two spaces in a row.
        text = self.units.decode(hypothesis.token_ids)
        return Reading(tuple(Word(word) for word in text.split()), hypothesis.score, spelling=text)


def build_espnet_reader(
    s2t_model: nn.Module | None,
    units: Units,
    decode: Mapping[str, Any],
    *,
    sampling_rate: int,
    device: str = "cpu",
) -> EspnetReader | None:
    """The reader of a recognition model with the search that the recipe's section ``decode`` describes.

    Args:
        s2t_model: The recogniser of a trained system; None: the system ends after its separator.
        units: Its units.
        decode: Names the sizes and weights of the search; other keys of it are not looked at.
        sampling_rate: Hz.
        device: Where to compute.

    Returns:
        None where there is no recogniser.

    Raises:
        ConfigError: As `musasr.recognizers.search.build_search`.
    """
    if s2t_model is None:
        return None
    s2t_model = s2t_model.to(device).eval()
    search = build_search(s2t_model, **{key: decode[key] for key in SEARCH_KEYS})
    limits = {key: decode[key] for key in LIMIT_KEYS}
    return EspnetReader(s2t_model, units, search, sampling_rate=sampling_rate, **limits)
