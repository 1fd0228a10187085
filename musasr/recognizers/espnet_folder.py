"""A recogniser that ESPnet trained, as a `musasr.recognizers.reader.Reader`."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from musasr.errors import ConfigError
from musasr.plugins import check_arguments
from musasr.recognizers.espnet_archive import EspnetFiles
from musasr.recognizers.espnet_building import build_model
from musasr.recognizers.espnet_search import EspnetSearch, SearchSettings
from musasr.recognizers.espnet_units import TokenSpelling
from musasr.recognizers.reader import Reading, Word
from musasr.recognizers.search import NOTHING, TokenHypothesis
from musasr.recognizers.unit_times import UnitAligner
from musasr.recognizers.word_times import timed_words


class EspnetFolderReader:
    """An ESPnet recogniser as a `musasr.recognizers.reader.Reader`.

    Each waveform is encoded alone: ESPnet's classes hear padding. Words have times from CTC's alignment where
    the model has CTC; with none, evenly over the utterance (with our own decoder, by its attention), and no
    confidence then.
    """

    def __init__(
        self,
        s2t_model: nn.Module,
        spelling: TokenSpelling,
        search: EspnetSearch,
        *,
        sampling_rate: int,
        word_times: bool = True,
    ):
        """Put parts together that are built and on their device.

        Args:
            s2t_model: ESPnet's recognition model.
            spelling: Of its units.
            search: For this model.
            sampling_rate: That the model was trained on, Hz.
            word_times: Whether words have times and confidences.
        """
        self.s2t_model = s2t_model
        self.spelling = spelling
        self.search = search
        self.sampling_rate = sampling_rate
        self.aligner = UnitAligner(s2t_model, sampling_rate=sampling_rate) if word_times else None

    @torch.inference_mode()
    def __call__(self, waveforms: Tensor, lengths: Tensor) -> list[Reading]:
        """The best hypothesis of each waveform of (B, T); see `Reader`."""
        return [
            self._read(waveform[:length])
            for waveform, length in zip(waveforms, lengths.tolist(), strict=True)
        ]

    def _read(self, waveform: Tensor) -> Reading:
        encoded = self._encode(waveform)
        hypothesis = NOTHING if encoded is None else self.search(encoded)
        text = self.spelling.decode(hypothesis.token_ids)
        words = self._words(hypothesis, encoded, text, duration=len(waveform) / self.sampling_rate)
        return Reading(words, hypothesis.score, spelling=text)

    def _encode(self, waveform: Tensor) -> Tensor | None:
        """Encoded frames (L, D); None where the waveform is too short for the encoder."""
        from espnet2.legacy.nets.pytorch_backend.transformer.subsampling import TooShortUttError

        try:
            encoded, lengths = self.s2t_model.encode(
                waveform[None], torch.tensor([len(waveform)], device=waveform.device)
            )
        except (TooShortUttError, RuntimeError):
            # RuntimeError: a waveform below one window, which only a long one tells from a fault.
            if len(waveform) < self.sampling_rate // 4:
                return None
            raise
        encoded = encoded[0] if isinstance(encoded, tuple) else encoded  # beside it: what inner layers gave
        return encoded[0, : int(lengths[0])]

    def _words(
        self, hypothesis: TokenHypothesis, encoded: Tensor | None, text: str, *, duration: float
    ) -> tuple[Word, ...]:
        ids = hypothesis.token_ids
        if self.aligner is None or not ids:
            return tuple(Word(word) for word in text.split())
        scale = {"frame_seconds": self.aligner.frame_seconds, "duration": duration}
        return timed_words(ids, self.aligner(encoded, ids), self.spelling, **scale)


def read_folder(
    files: EspnetFiles, *, device: str = "cpu", word_times: bool = True, search: SearchSettings | None = None
) -> EspnetFolderReader:
    """The reader of a model's files.

    Args:
        files: From `musasr.recognizers.espnet_archive.files_of`.
        device: Where to compute.
        word_times: See `EspnetFolderReader`.
        search: Of the search; None: its defaults.

    Raises:
        ConfigError: The search asks for a part that the model has not.
        StateError: The model is of another task or version, has parts that would fetch others, or its weights
            are a pickle, broken, or do not fit.
    """
    built = build_model(files)
    model = built.model.to(device).eval()
    return EspnetFolderReader(
        model,
        TokenSpelling(model.token_list, token_type=built.token_type),
        EspnetSearch(model, search or SearchSettings()),
        sampling_rate=built.sampling_rate,
        word_times=word_times,
    )


def search_settings(settings: Mapping[str, Any]) -> SearchSettings:
    """The search that a user's settings describe.

    Raises:
        ConfigError: A setting is unknown or out of range.
    """
    check_arguments(SearchSettings, settings, provided=(), where="reading")
    try:
        return SearchSettings(**settings)
    except TypeError as error:
        raise ConfigError(
            f"a value is of the wrong kind ({error})", where="reading", mend="give numbers"
        ) from error
