"""Training mixtures made in the loader: a function of (seed, epoch, utterance_id) only."""

from dataclasses import dataclass

import numpy as np

from musasr.mixing import gain
from musasr.mixing.draw import MusicLibrary, generator


@dataclass(frozen=True)
class Mixture:
    """A mixture and the two parts that it is the sum of, each (T,)."""

    mixture: np.ndarray
    speech: np.ndarray
    music: np.ndarray


def mix(*, speech: np.ndarray, music: np.ndarray, snr_db: float) -> Mixture:
    """Speech plus music at an SNR, scaled as a whole where it would clip.

    mixture = c (speech + g music), with 10 log10(sum speech^2 / sum (g music)^2) = snr_db and
    c <= 1 chosen so that no sample passes the peak limit; both references carry c, so that the
    SNR is the asked one and mixture = speech + music holds.
    """
    scaled = music * np.float32(gain.music_gain(speech=speech, music=music, snr_db=snr_db))
    scale = np.float32(gain.peak_scale(speech + scaled))
    speech, scaled = speech * scale, scaled * scale
    return Mixture(mixture=speech + scaled, speech=speech, music=scaled)


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
    ):
        """Hold the settings.

        Args:
            library: The music.
            seed: Base of every draw.
            snr_mean_db: Mean of the SNR's normal distribution (the paper: 0).
            snr_std_db: Its standard deviation (the paper: 5).
            crop_seconds: Longer utterances are cut to a random span of this length; None keeps all.
            clean_fraction: Share of utterances that stay without music.
        """
        self.library = library
        self.seed = seed
        self.snr_mean_db, self.snr_std_db = snr_mean_db, snr_std_db
        self.crop = None if crop_seconds is None else round(crop_seconds * library.sampling_rate)
        self.clean_fraction = clean_fraction

    def __call__(self, utterance_id: str, speech: np.ndarray, *, epoch: int) -> Mixture:
        """The mixture of this utterance in this epoch."""
        random = generator(self.seed, epoch, utterance_id)
        speech = self._crop(speech, random)
        snr_db = random.normal(self.snr_mean_db, self.snr_std_db)
        is_clean = random.random() < self.clean_fraction
        if is_clean or gain.energy(speech) == 0:
            return Mixture(mixture=speech, speech=speech, music=np.zeros_like(speech))
        _, _, music = self.library.draw(random, num_samples=len(speech))
        return mix(speech=speech, music=music, snr_db=snr_db)

    def _crop(self, speech: np.ndarray, random: np.random.Generator) -> np.ndarray:
        if self.crop is None or len(speech) <= self.crop:
            return speech
        start = int(random.integers(len(speech) - self.crop + 1))
        return speech[start : start + self.crop]
