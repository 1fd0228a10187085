"""ESPnet's recognition model as a `musasr.recognizers.reader.Reader`: encoded once, searched all together."""

import logging
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from musasr.recognizers.reader import Reading, Word
from musasr.recognizers.search import DecisiveBeamSearch, TokenHypothesis, build_search, recognize_batch
from musasr.recognizers.unit_times import UnitAligner
from musasr.recognizers.word_times import timed_words
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
        word_times: bool = False,
    ):
        """Put parts together that are built and on their device.

        Args:
            s2t_model: ESPnet's recognition model: features, encoder, decoder.
            units: What the model's unit ids are decoded with.
            search: From `musasr.recognizers.search.build_search`, for this model.
            sampling_rate: Of the waveforms that the model was trained on, Hz.
            maxlenratio: See `musasr.recognizers.search.recognize_nbest`.
            minlenratio: Likewise.
            word_times: Whether words have times and confidences, which costs an alignment of each hypothesis
                with its frames: see `musasr.recognizers.unit_times`.
        """
        self.s2t_model = s2t_model
        self.units = units
        self.search = search
        self.sampling_rate = sampling_rate
        self.limits = {"maxlenratio": maxlenratio, "minlenratio": minlenratio}
        self.aligner = UnitAligner(s2t_model, sampling_rate=sampling_rate) if word_times else None

    @torch.inference_mode()
    def __call__(self, waveforms: Tensor, lengths: Tensor) -> list[Reading]:
        """The best hypothesis of each waveform of (B, T); see `Reader`."""
        device = next(self.s2t_model.parameters()).device  # samples may come from elsewhere: from a file
        encoded, encoded_lengths = self.s2t_model.encode(waveforms.to(device), lengths.to(device))
        hypotheses = recognize_batch(self.search, encoded, encoded_lengths, **self.limits)
        return [
            self._reading(hypothesis, frames[:num_frames], duration=num_samples / self.sampling_rate)
            for hypothesis, frames, num_frames, num_samples in zip(
                hypotheses, encoded, encoded_lengths.tolist(), lengths.tolist(), strict=True
            )
        ]

    def _reading(self, hypothesis: TokenHypothesis, frames: Tensor, *, duration: float) -> Reading:
        # The text is kept as the units spell it: they may well write two spaces in a row.
        text = self.units.decode(hypothesis.token_ids)
        words = tuple(Word(word) for word in text.split())
        if self.aligner is not None:
            spans = self.aligner(frames, hypothesis.token_ids)
            scale = {"frame_seconds": self.aligner.frame_seconds, "duration": duration}
            words = timed_words(hypothesis.token_ids, spans, self.units, **scale)
        return Reading(words, hypothesis.score, spelling=text)


def build_espnet_reader(
    s2t_model: nn.Module | None,
    units: Units,
    decode: Mapping[str, Any],
    *,
    sampling_rate: int,
    device: str = "cpu",
    word_times: bool = False,
) -> EspnetReader | None:
    """The reader of a recognition model with the search that the recipe's section ``decode`` describes.

    Args:
        s2t_model: The recogniser of a trained system; None: the system ends after its separator.
        units: Its units.
        decode: Names the sizes and weights of the search; other keys of it are not looked at.
        sampling_rate: Hz.
        device: Where to compute.
        word_times: See `EspnetReader`.

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
    return EspnetReader(
        s2t_model, units, search, sampling_rate=sampling_rate, word_times=word_times, **limits
    )
