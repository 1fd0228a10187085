"""Training mixtures made in the loader: a function of (seed, epoch, utterance_id) only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from musasr.errors import ConfigError
from musasr.mixing import gain
from musasr.mixing.acoustics import simulate
from musasr.mixing.draw import MusicLibrary, generator
from musasr.mixing.rooms import Rooms
from musasr.mixing.variety import Variety

SINGING = "singing"  # the name of a source that is part of the music, where somebody asks for it


@dataclass(frozen=True)
class Mixture:
    """A mixture and the two parts that it is the sum of, each (T,).

    In a room whose reference is the direct sound, it is their sum and the echoes of the speech.

    Attributes:
        singing: What of the music is sung; None where nobody asked.
    """

    mixture: np.ndarray
    speech: np.ndarray
    music: np.ndarray
    singing: np.ndarray | None = None

    @property
    def accompaniment(self) -> np.ndarray:
        """The music without what is sung."""
        return self.music if self.singing is None else self.music - self.singing


def mix(
    *,
    speech: np.ndarray,
    music: np.ndarray,
    snr_db: float,
    reference: np.ndarray | None = None,
    singing: np.ndarray | None = None,
) -> Mixture:
    """Speech plus music at an SNR, scaled as a whole where it would clip.

    mixture = c (speech + g music), with 10 log10(sum speech^2 / sum (g music)^2) = snr_db and
    c <= 1 chosen so that no sample passes the peak limit; both references carry c, so that the
    SNR is the asked one and mixture = speech + music holds. Where a `reference` is what counts as
    the speech (in a room, the direct sound), the SNR is its SNR, and it takes speech's place in the result.
    What of the music is sung stays with it.
    """
    target = speech if reference is None else reference
    music_gain = np.float32(gain.music_gain(speech=target, music=music, snr_db=snr_db))
    scaled = music * music_gain
    mixture = speech + scaled
    scale = np.float32(gain.peak_scale(mixture))
    if scale != 1:
        target, scaled = target * scale, scaled * scale
        mixture = speech * scale + scaled
    sung = None if singing is None else singing * (music_gain * scale)
    return Mixture(mixture=mixture, speech=target, music=scaled, singing=sung)


class DynamicMixer:
    """Puts music under utterances: SNR ~ N(mean, std), random cut, both references kept."""

    def __init__(
        self,
        library: MusicLibrary,
        *,
        seed: int,
        snr_mean_db: float,
        snr_std_db: float,
        crop_seconds: float | None = None,
        clean_fraction: float = 0.0,
        rooms: Mapping[str, Any] | None = None,
        snr_start: Sequence[float] | None = None,
        voices: MusicLibrary | None = None,
        voices_fraction: float = 0.0,
        variety: Mapping[str, Any] | None = None,
        with_singing: bool = False,
    ):
        """Hold the settings.

        Args:
            library: The music.
            seed: Base of every draw.
            snr_mean_db: Mean of the SNR's normal distribution (the paper: 0).
            snr_std_db: Its standard deviation (the paper: 5).
            crop_seconds: Longer utterances are cut to a random span of this length; None keeps all.
            clean_fraction: Fraction of utterances that stay without music.
            rooms: Arguments of Rooms; None leaves all dry.
            snr_start: Mean SNR of the first epoch, and over how many epochs it moves to ``snr_mean_db``;
                None begins with that.
            voices: Further speech, in the format of music.
            voices_fraction: Fraction of the utterances in whose place a cut of it is heard.
            variety: Settings of Variety: how all speech is changed; None leaves it as it is.
            with_singing: Whether mixtures say what of their music is sung.

        Raises:
            ConfigError: ``snr_start`` is not such a pair, or there are rooms, where singing is not known.
        """
        if with_singing and rooms is not None:
            mend = "set mixing.rooms to null, or name no source singing"
            raise ConfigError("singing in rooms is not known apart", where="mixing.rooms", mend=mend)
        self.with_singing = with_singing
        self.library = library
        self.seed = seed
        self.snr_mean_db, self.snr_std_db = snr_mean_db, snr_std_db
        self.crop = None if crop_seconds is None else round(crop_seconds * library.sampling_rate)
        self.clean_fraction = clean_fraction
        self.rooms = None if rooms is None else Rooms(seed=seed, name="train", **rooms)
        check_snr_start(snr_start, where="training: snr_start")
        self.snr_start = snr_start
        self.voices, self.voices_fraction = voices, voices_fraction
        self.variety = None if variety is None else Variety(variety, sampling_rate=library.sampling_rate)

    def __call__(self, utterance_id: str, speech: np.ndarray, *, epoch: int) -> Mixture:
        """The mixture of this utterance in this epoch."""
        random = generator(self.seed, epoch, utterance_id)
        speech = self._speak(utterance_id, speech, random, epoch=epoch)
        snr_db = random.normal(self.mean_snr_db(epoch), self.snr_std_db)
        is_clean = random.random() < self.clean_fraction
        is_silent = not speech.any()
        singing = np.zeros_like(speech) if self.with_singing else None
        if is_clean or is_silent:
            music = np.zeros_like(speech)
        else:
            recording_id, start, music = self.library.draw(random, num_samples=len(speech))
            if self.with_singing:
                singing = self.library.read_singing(recording_id, start=start, num_samples=len(speech))
        room = None if self.rooms is None else self.rooms.draw(epoch, utterance_id)
        heard = simulate(room, speech=speech, music=music, sampling_rate=self.library.sampling_rate)
        if is_clean or is_silent:
            return Mixture(heard.speech, speech=heard.reference, music=heard.music, singing=singing)
        parts = {"speech": heard.speech, "music": heard.music, "singing": singing}
        return mix(**parts, snr_db=snr_db, reference=heard.reference)

    def mean_snr_db(self, epoch: int) -> float:
        """The mean of the SNRs of an epoch (from 1; 0 is the validation set's), dB.

        With a start s over n epochs: s + (snr_mean_db - s) min(1, (epoch - 1) / n).
        """
        if self.snr_start is None or epoch == 0:
            return self.snr_mean_db
        start_db, num_epochs = self.snr_start
        return start_db + (self.snr_mean_db - start_db) * min(1.0, (epoch - 1) / num_epochs)

    def _speak(
        self, utterance_id: str, speech: np.ndarray, random: np.random.Generator, *, epoch: int
    ) -> np.ndarray:
        """The speech that is heard of an utterance: cropped, of another voice, varied."""
        # Generators of their own: without voices and variety, the rest is as if there were no such settings.
        strengths = {}
        if self.variety is not None:
            varied = generator(self.seed, "variety", epoch, utterance_id)
            strengths = self.variety.draw(varied)
        speech = self._crop(speech, random, speed=strengths.get("speed", 1.0))
        if self.voices is not None:
            speech = self._of_another_voice(speech, generator(self.seed, "voices", epoch, utterance_id))
        if strengths and speech.any():
            speech = self.variety(speech, strengths, varied)
        return speech[: self.crop]  # None: all of it

    def _of_another_voice(self, speech: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """The speech (T,), or as much of one of the voices."""
        if random.random() >= self.voices_fraction:
            return speech
        _, _, voice = self.voices.draw(random, num_samples=len(speech))
        return voice

    def _crop(self, speech: np.ndarray, random: np.random.Generator, *, speed: float) -> np.ndarray:
        """A random span of an utterance that is too long, so long that it is as asked at this speed."""
        size = None if self.crop is None else int(np.ceil(self.crop * speed))
        if size is None or len(speech) <= size:
            return speech
        start = int(random.integers(len(speech) - size + 1))
        return speech[start : start + size]


def check_snr_start(value: Any, *, where: str) -> None:
    """See that it is null, or a mean SNR and in how many epochs it moves.

    Raises:
        ConfigError: It is neither.
    """
    is_pair = isinstance(value, list | tuple) and len(value) == 2
    if value is None or (is_pair and all(isinstance(one, int | float) for one in value) and value[1] > 0):
        return
    what = f"wants a mean SNR and a number of epochs, got {value!r}"
    raise ConfigError(what, where=where, mend="give such as [15.0, 5], or null")
