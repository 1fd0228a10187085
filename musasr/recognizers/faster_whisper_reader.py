"""Whisper by faster-whisper (CTranslate2): the fastest on a processor."""

from pathlib import Path

import numpy as np

from musasr.errors import ConfigError, StateError, suggest
from musasr.recognizers.reader import Reading, Word
from musasr.recognizers.whisper import FORBIDDEN_NGRAM, SAMPLING_RATE, WhisperReader, needs_whisper_extra
from musasr.recognizers.word_times import ordered

FILES = ("model.bin", "config.json", "tokenizer.json")
COMPUTE_TYPES = ("int8", "int8_float16", "int8_float32", "int16", "float16", "bfloat16", "float32", "default")


class FasterWhisperReader(WhisperReader):
    """A folder in CTranslate2's form, such as ``ct2-transformers-converter`` writes.

    Words have the times and probabilities of faster-whisper's alignment (of cross-attention). Japanese,
    Chinese and the like, which it does not cut into words, come in its smallest parts that are whole
    characters; the text itself is the reading's spelling.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        sampling_rate: int,
        device: str = "cpu",
        language: str | None = None,
        beam_size: int = 5,
        compute_type: str = "int8",
        threads: int = 0,
        word_times: bool = True,
        no_speech_threshold: float = 0.6,
        log_prob_threshold: float = -1.0,
        compression_ratio_threshold: float = 2.4,
    ):
        """Load the weights.

        Args:
            model: The folder.
            sampling_rate: Of the waveforms, Hz.
            device: ``cpu`` or ``cuda``.
            language: See `WhisperReader`, as all others that are not here.
            beam_size: See there.
            compute_type: Of the weights in memory: int8 is the smallest and, on a processor, the fastest.
            threads: Of the processor; 0: as CTranslate2 chooses.
            word_times: See there.
            no_speech_threshold: See there.
            log_prob_threshold: See there.
            compression_ratio_threshold: See there.

        Raises:
            ConfigError: The package is missing, or a setting is wrong.
            StateError: The folder is not whole, or of another version of CTranslate2.
        """
        self.model = _load(Path(model), device=device, compute_type=compute_type, threads=threads)
        super().__init__(
            sampling_rate=sampling_rate,
            languages=self.model.supported_languages,
            language=language,
            beam_size=beam_size,
            word_times=word_times,
            no_speech_threshold=no_speech_threshold,
            log_prob_threshold=log_prob_threshold,
            compression_ratio_threshold=compression_ratio_threshold,
        )

    def _detect(self, waveform: np.ndarray) -> tuple[str, float]:
        """See `WhisperReader`."""
        if not self.model.model.is_multilingual:
            return "en", 1.0
        language, probability, _ = self.model.detect_language(waveform)
        return language, float(probability)

    def _read(self, waveform: np.ndarray) -> Reading:
        segments = self._transcribe(waveform)
        if any(self._repeats_itself(segment.text) for segment in segments):
            segments = self._transcribe(waveform, no_repeat_ngram_size=FORBIDDEN_NGRAM)
        kept = [segment for segment in segments if not self._is_left_out(segment)]
        score = sum(segment.avg_logprob * len(segment.tokens) for segment in kept)
        text = "".join(segment.text for segment in kept).strip()
        return Reading(self._words(kept, text, len(waveform)), score=float(score), spelling=text)

    def _transcribe(self, waveform: np.ndarray, *, no_repeat_ngram_size: int = 0) -> list:
        """faster-whisper's segments; its own guards with random fall-backs are off, ours follow."""
        segments, _ = self.model.transcribe(
            waveform,
            language=self.language,
            beam_size=self.beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=self.word_times,
            no_speech_threshold=self.no_speech_threshold,
            log_prob_threshold=self.log_prob_threshold,
            compression_ratio_threshold=None,
            no_repeat_ngram_size=no_repeat_ngram_size,
        )
        return list(segments)

    def _is_left_out(self, segment) -> bool:
        is_speechless = self._is_speechless(
            no_speech_probability=segment.no_speech_prob, log_probability=segment.avg_logprob
        )
        return is_speechless or self._repeats_itself(segment.text)

    def _words(self, segments: list, text: str, num_samples: int) -> tuple[Word, ...]:
        if not self.word_times:
            return tuple(Word(word) for word in text.split())
        words = [
            Word(word.word.strip(), float(word.start), float(word.end), min(1.0, float(word.probability)))
            for segment in segments
            for word in segment.words
            if word.word.strip()
        ]
        return ordered(words, num_samples / SAMPLING_RATE)


def hub_names() -> list[str]:
    """The names that faster-whisper has on the hub, such as ``base``."""
    return list(_package().available_models())


def fetch(name: str) -> Path:
    """The folder of a model of the hub, from its cache or, where the network allows, from the hub.

    Args:
        name: One of `hub_names`, or ``owner/repository`` of a model in CTranslate2's form.

    Raises:
        ConfigError: There is no such name.
        StateError: It is not in the cache and cannot be fetched.
    """
    if "/" not in name and name not in hub_names():
        raise ConfigError(
            f"there is no Whisper {name!r}", where="recogniser", mend=suggest(name, hub_names())
        )
    try:
        return Path(_package().download_model(name))
    except Exception as error:  # of the hub's client, the network, the disk: none of one type
        what = f"is not here, and cannot be fetched from the hub ({type(error).__name__})"
        mend = "go online once, or name a folder with model.bin, config.json and tokenizer.json"
        raise StateError(what, where=f"whisper:{name}", mend=mend) from error


def _load(folder: Path, *, device: str, compute_type: str, threads: int):
    if compute_type not in COMPUTE_TYPES:
        what = f"unknown compute_type {compute_type!r}"
        raise ConfigError(what, where="recogniser", mend=suggest(compute_type, COMPUTE_TYPES))
    for name in FILES:
        if not (folder / name).is_file():
            raise StateError(f"has no {name}", where=folder, mend="fetch the model's folder again, whole")
    package = _package()
    try:
        return package.WhisperModel(
            str(folder), device=device, compute_type=compute_type, cpu_threads=threads
        )
    except (
        Exception
    ) as error:  # CTranslate2 and tokenizers raise their own: RuntimeError, ValueError, bare ones
        reason = " ".join(str(error).split())
        what = f"faster-whisper {package.__version__} cannot load it ({reason})"
        raise StateError(what, where=folder, mend="convert the model again with this version") from error


def _package():
    try:
        import faster_whisper
    except ModuleNotFoundError as error:
        raise needs_whisper_extra(str(error.name)) from error
    return faster_whisper
