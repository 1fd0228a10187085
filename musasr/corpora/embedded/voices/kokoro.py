"""Kokoro-82M, a network that speaks nearly as people do, as one function: the same samples every time.

Its folder (tools/kokoro_voices.sh makes one) holds model.onnx (sounds, a style, a speed in; samples out),
vocab.json (the number of each sound) and voices/NAME.bin (a voice's styles for texts of 1 to 510 sounds).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from musasr.atomic import read_json
from musasr.digests import digest_of, digest_of_file
from musasr.errors import ConfigError, DataError, StateError

RATE = 24_000
STYLE, MOST_SOUNDS = 256, 510
MODEL, VOCABULARY, VOICES = "model.onnx", "vocab.json", "voices"
MEND = "make the folder by tools/kokoro_voices.sh"
# What eSpeak NG writes in two letters and Kokoro learnt as one, of English.
LIGATURES = {
    **{"eɪ": "A", "aɪ": "I", "oʊ": "O", "əʊ": "Q", "aʊ": "W", "ɔɪ": "Y"},
    **{"tʃ": "ʧ", "dʒ": "ʤ", "ts": "ʦ", "dz": "ʣ", "g": "ɡ"},
}


@dataclass(frozen=True)
class Kokoro:
    """The folder of the network."""

    folder: Path

    def check(self) -> None:
        """See that all is there.

        Raises:
            ConfigError: A file, or what runs it, is missing.
        """
        for name in (MODEL, VOCABULARY):
            if not (self.folder / name).is_file():
                raise ConfigError(f"has no {name}", where=self.folder, mend=MEND)
        if not self.names:
            raise ConfigError(f"has no {VOICES}/*.bin", where=self.folder, mend=MEND)
        try:
            import onnxruntime  # noqa: F401
        except ImportError as error:
            mend = "install it: pip install onnxruntime"
            raise ConfigError("needs onnxruntime", where="voices", mend=mend) from error

    @cached_property
    def names(self) -> list[str]:
        """Of the voices, in order; the first letter is the language, the second f or m."""
        return sorted(path.stem for path in (self.folder / VOICES).glob("*.bin"))

    @property
    def digest(self) -> str:
        """Of the content of all files."""
        voices = [self.folder / VOICES / f"{name}.bin" for name in self.names]
        paths = [self.folder / MODEL, self.folder / VOCABULARY, *voices]
        return digest_of([digest_of_file(path) for path in paths])

    @cached_property
    def vocabulary(self) -> Mapping[str, int]:
        """The number of each sound.

        Raises:
            StateError: The file is broken.
        """
        return read_json(self.folder / VOCABULARY, mend=MEND, keys=["vocab"])["vocab"]

    def styles(self, name: str) -> np.ndarray:
        """A voice, (510, 256): how it says texts of each length.

        Raises:
            DataError: The file is no voice.
        """
        path = self.folder / VOICES / f"{name}.bin"
        values = np.fromfile(path, np.float32)
        if values.size != MOST_SOUNDS * STYLE or not np.isfinite(values).all():
            raise DataError("is no voice of Kokoro", where=path, mend=MEND)
        return values.reshape(MOST_SOUNDS, STYLE)

    def numbers(self, sounds: str) -> list[int]:
        """The numbers of a text's sounds in IPA; what it has no number for is left out."""
        for two, one in LIGATURES.items():
            sounds = sounds.replace(two, one)
        return [self.vocabulary[sound] for sound in sounds if sound in self.vocabulary][:MOST_SOUNDS]


class Speaker:
    """The network at work for one piece: what was said before, and by which process, changes nothing."""

    def __init__(self, kokoro: Kokoro, styles: np.ndarray, *, seed: int):
        """Load the network; its noise begins from the seed.

        Raises:
            StateError: The file is broken.
        """
        import onnxruntime

        self.kokoro, self.voice = kokoro, styles
        onnxruntime.set_seed(seed)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums in one order
        options.log_severity_level = 3
        path, providers = kokoro.folder / MODEL, ["CPUExecutionProvider"]
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # onnxruntime has one type for each fault, and no common one
            raise StateError("is no network that ONNX can run", where=path, mend=MEND) from error

    def say(self, sounds: str, *, speed: float) -> np.ndarray:
        """The samples (T,) at RATE of sounds in IPA.

        Raises:
            DataError: It knows none of the sounds.
        """
        numbers = self.kokoro.numbers(sounds)
        if not numbers:
            raise DataError(f"Kokoro has no sound for {sounds!r}", mend="give it words")
        given = {
            "tokens": np.array([[0, *numbers, 0]]),
            "style": self.voice[len(numbers) - 1][None],
            "speed": np.array([speed], np.float32),
        }
        return self.session.run(None, given)[0].ravel()
