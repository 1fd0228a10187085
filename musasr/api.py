"""musasr in Python: a trained system by its path, for arrays of samples.

import musasr
system = musasr.load("work/mini/exp/time+mixture:both")
print([segment.text for segment in system.transcribe(samples, sampling_rate=16_000).segments])
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from musasr import audio
from musasr.errors import ConfigError, DataError
from musasr.recipe.packs import open_model
from musasr.recognition.long_separation import separate_blocks
from musasr.recognition.separation import Separator
from musasr.transcribe.settings import load_settings
from musasr.transcribe.system import is_ours
from musasr.transcribe.transcript import Transcript

if TYPE_CHECKING:
    from musasr.transcribe.system import TranscriptionSystem

BLOCK_SECONDS = 10.0


class LoadedSystem:
    """What `load` gives; weights are read when they are first needed."""

    def __init__(self, model: Path | str, *, separator: Path | None, device: str, language: str | None):
        """Hold the names; see `load`."""
        self.model, self.separator_path = model, separator
        self.device, self.language = device, language

    def transcribe(
        self, samples: np.ndarray, sampling_rate: int, *, settings: Mapping[str, Any] | None = None
    ) -> Transcript:
        """The transcript of a recording of any length.

        Args:
            samples: (T,), or (channels, T), of which the mean is taken; full scale 1.
            sampling_rate: Hz.
            settings: All sections, of `musasr.transcribe.settings.load_settings`; None: those of
                conf/transcribe.yaml.

        Raises:
            ConfigError: The model has no recogniser.
            DataError: The samples are none, or not finite.
        """
        from musasr.transcribe.recording import Recording
        from musasr.transcribe.transcribing import transcript_of

        settings = self._settings if settings is None else settings
        system, mono = self._system, _checked(samples).mean(axis=0)
        mono = audio.resample(mono, sampling_rate, system.sampling_rate)
        chunks = list(Recording(system, settings)(_blocks(mono, system.sampling_rate)))
        return transcript_of(chunks, system, source="")

    def separate(self, samples: np.ndarray, sampling_rate: int) -> dict[str, np.ndarray]:
        """The sources of a recording of any length, by name: each of the samples' shape and rate.

        Args:
            samples: (T,), or (channels, T), each of which is separated by itself.
            sampling_rate: Hz.

        Raises:
            ConfigError: The model has no separator.
            DataError: The samples are none, or not finite.
        """
        separator, rate = self._separator
        channels = [
            self._separate_one(separator, rate, channel, sampling_rate) for channel in _checked(samples)
        ]
        stacked = {name: np.stack([one[name] for one in channels]) for name in channels[0]}
        return {name: source.reshape(np.shape(samples)) for name, source in stacked.items()}

    def _separate_one(
        self, separator: Separator, rate: int, channel: np.ndarray, sampling_rate: int
    ) -> dict[str, np.ndarray]:
        mixture = audio.resample(channel, sampling_rate, rate)
        chunks = separate_blocks(
            separator, _blocks(mixture, rate), sampling_rate=rate, **self._settings["separation"]
        )
        found = [chunk.estimates for chunk in chunks]
        return {
            name: _as_long(
                audio.resample(np.concatenate([one[name] for one in found]), rate, sampling_rate), channel
            )
            for name in found[0]
        }

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return load_settings()

    @cached_property
    def _system(self) -> "TranscriptionSystem":
        from musasr.transcribe.system import load_system

        options = {"separator": self.separator_path, "device": self.device, "language": self.language}
        return load_system(self.model, self._settings, **options)

    @cached_property
    def _separator(self) -> tuple[Separator, int]:
        from musasr.tasks.folder import recipe_of
        from musasr.tasks.separator_alone import load_separator

        folder = Path(self.separator_path or self.model)
        if not is_ours(folder):
            raise ConfigError("is no trained system", where=folder, mend="name such as work/mini/exp/time")
        with open_model(folder) as opened:
            model, rate = load_separator(opened, where=folder), recipe_of(opened)["sampling_rate"]
        return model.to(self.device), rate


def load(
    model: Path | str,
    *,
    separator: Path | str | None = None,
    device: str = "cpu",
    language: str | None = None,
) -> LoadedSystem:
    """A system that is ready to separate and to transcribe.

    Args:
        model: exp/<system> of a recipe, or a recogniser from elsewhere: ESPnet's or Whisper's folder, a zip
            of ESPnet, whisper:NAME.
        separator: exp/<system> whose separator goes in front; None: the model's own, if it has one.
        device: Where to compute.
        language: Of the speech, for a recogniser that knows several.

    Raises:
        ConfigError: There is no such file or folder.
    """
    for path in (model, separator):
        if path is not None and not str(path).startswith("whisper:") and not Path(path).exists():
            raise ConfigError("no such file or folder", where=path, mend="check the path")
    separator = None if separator is None else Path(separator)
    return LoadedSystem(model, separator=separator, device=device, language=language)


def _checked(samples: np.ndarray) -> np.ndarray:
    """Samples as (channels, T)."""
    channels = np.atleast_2d(np.asarray(samples, np.float32))
    if channels.ndim != 2 or channels.size == 0:
        what = f"samples of shape {np.shape(samples)} are no recording"
        raise DataError(what, mend="give (T,) or (channels, T)")
    if not np.isfinite(channels).all():
        raise DataError("the samples hold NaN or infinity", mend="look at where they come from")
    return channels


def _blocks(samples: np.ndarray, rate: int) -> Iterator[np.ndarray]:
    size = round(BLOCK_SECONDS * rate)
    return (samples[first : first + size] for first in range(0, len(samples), size))


def _as_long(samples: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.pad(samples[: len(other)], (0, max(0, len(other) - len(samples))))
