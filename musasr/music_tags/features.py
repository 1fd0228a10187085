"""Audio to what a network sees: log mel of 128 bands each 32 ms, kept on disk beside the table of tracks."""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.atomic import write_array
from musasr.corpora.contract import Skipped
from musasr.corpora.tagged import Track
from musasr.errors import DataError
from musasr.parallel import map_in_order

ARRAY = ".npy"
DTYPE = np.float16  # of what is kept: 11 bits of log10(1 + 10 m), which is at most about 7
NUM_BANDS = 128


def write_features(tracks: Sequence[Track], folder: Path, *, num_jobs: int) -> list[Skipped]:
    """Write folder/{track id}.npy (bands, frames) of each track, and return what could not be read.

    What is there is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write = functools.partial(_write_or_skip, folder=folder)
    return [one for one in map_in_order(write, tracks, num_jobs=num_jobs, batch=4) if one is not None]


def read_features(folder: Path, track_id: str) -> np.ndarray:
    """The features (bands, frames) of a track, float16, without reading more of the file than is used.

    Raises:
        DataError: They are not there.
    """
    path = folder / f"{track_id}{ARRAY}"
    if not path.is_file():
        raise DataError("no such features", where=path, mend="run the stage that prepares them again")
    return np.load(path, mmap_mode="r", allow_pickle=False)


def features_of(samples: np.ndarray) -> np.ndarray:
    """Log mel (bands, 1 + T // 512) of samples (T,) at 16 kHz, float32."""
    import torch

    with torch.inference_mode():
        return _network()(torch.from_numpy(samples)[None])[0].numpy()


def features_of_track(path: Path) -> np.ndarray:
    """Log mel (bands, frames) of an audio file, or of an array of mel power.

    Raises:
        DataError: It cannot be read, or an array is none of 128 bands.
    """
    from musasr.classifiers.features import SAMPLING_RATE

    if path.suffix != ARRAY:
        return features_of(audio.read(path, sampling_rate=SAMPLING_RATE)[0])
    try:
        power = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError("is no array that numpy wrote", where=path, mend="make it again") from error
    if power.ndim == 3 and len(power) == 1:
        power = power[0]
    if power.ndim != 2 or power.shape[0] != NUM_BANDS or not power.shape[1] or not power.min() >= 0:
        what = f"has the shape {power.shape} and is no mel power of (1, {NUM_BANDS}, frames)"
        raise DataError(what, where=path, mend="give 16 kHz, a hop of 512, power and no logarithm")
    return np.log10(1 + 10 * power.astype(np.float32))


@functools.cache
def _network():
    from musasr.classifiers.features import MusicFeatures

    return MusicFeatures(num_bands=NUM_BANDS)


def _write_or_skip(track: Track, *, folder: Path) -> Skipped | None:
    path = folder / f"{track.track_id}{ARRAY}"
    if path.is_file():
        return None
    try:
        write_array(path, features_of_track(track.path).astype(DTYPE))
    except DataError as error:
        return Skipped(track.track_id, str(error))
    return None
