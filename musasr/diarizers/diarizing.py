"""The whole way from samples to turns: `diarize` is what everything else calls."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from musasr import audio
from musasr.diarizers.activity import RATE, find_speech
from musasr.diarizers.clustering import cluster
from musasr.diarizers.embedders import BATCH, Embedder, embed_all
from musasr.diarizers.overlap import find_overlaps, with_second
from musasr.diarizers.windows import cut, turns_of, windows_of
from musasr.errors import DataError
from musasr.kaldi.rttm import Span, Turn

CHUNK = 8 * BATCH  # windows whose samples are cut at once


def diarize(
    samples: np.ndarray,
    sampling_rate: int,
    *,
    embedder: Embedder,
    settings: Mapping[str, Any],
    num_speakers: int | None = None,
    speech: Sequence[Span] | None = None,
    speech_samples: np.ndarray | None = None,
) -> list[Turn]:
    """Who speaks when.

    Args:
        samples: (T,) of any length, full scale 1.
        sampling_rate: Hz.
        embedder: What makes vectors of voices (`musasr.diarizers.embedders.open_embedder`).
        settings: The sections of conf/diarization.yaml (`musasr.diarizers.settings.load_settings`).
        num_speakers: How many speak, where that is known.
        speech: Where somebody speaks, (start, end) in seconds, where that is known.
        speech_samples: What the detector of speech hears instead of `samples`: separated speech, say.

    Returns:
        Turns in time, in seconds, no two at once but where a segmentation network hears two; speakers are
        "1", "2" ... as they first speak.

    Raises:
        DataError: The samples are no mono signal, or not finite.
    """
    heard = prepared(samples, sampling_rate, settings["dereverberation"])
    if speech is None:
        detected = heard
        if speech_samples is not None:
            detected = prepared(speech_samples, sampling_rate, settings["dereverberation"])
        speech = find_speech([detected], **settings["activity"])
    vectors, windows = voices(heard, speech, embedder=embedder, **settings["windows"])
    if not windows:
        return []
    labels = cluster(vectors, num_speakers=num_speakers, **settings["clustering"])
    overlaps = find_overlaps([heard], **settings["overlap"])
    turns = turns_of(windows, labels)
    return with_second(turns, overlaps, windows=windows, vectors=vectors, labels=labels)


def voices(
    samples: np.ndarray,
    speech: Sequence[Span],
    *,
    embedder: Embedder,
    seconds: float,
    shift: float,
    segment_seconds: float | None,
) -> tuple[np.ndarray, list[Span]]:
    """Vectors (N, E) of the windows of the speech, and these.

    Args:
        samples: (T,) at 16 kHz.
        speech: Where somebody speaks, seconds.
        embedder: What makes vectors.
        seconds, shift: Of windows: their length, and how far apart they begin.
        segment_seconds: See `embed_all`.
    """
    duration = len(samples) / RATE
    inside = [(start, min(end, duration)) for start, end in speech if start < duration]
    windows = windows_of(inside, seconds=seconds, shift=shift)
    found = [
        embed_all(
            embedder,
            cut(samples, windows[first : first + CHUNK], seconds=seconds, sampling_rate=RATE),
            segment_seconds=segment_seconds,
        )
        for first in range(0, len(windows), CHUNK)
    ]
    return np.concatenate(found) if found else np.zeros((0, 1)), windows


def prepared(samples: np.ndarray, sampling_rate: int, dereverberation: Mapping[str, Any]) -> np.ndarray:
    """Samples at 16 kHz, without echoes where that is asked."""
    samples = np.asarray(samples, np.float32)
    if samples.ndim != 1 or samples.size == 0:
        what = f"samples of shape {samples.shape} are no mono recording"
        raise DataError(what, mend="give (T,)")
    if not np.isfinite(samples).all():
        raise DataError("the samples hold NaN or infinity", mend="look at where they come from")
    return np.concatenate(list(dried([audio.resample(samples, sampling_rate, RATE)], dereverberation)))


def dried(blocks: Iterable[np.ndarray], dereverberation: Mapping[str, Any]) -> Iterable[np.ndarray]:
    """Blocks of a recording at 16 kHz without echoes, where that is asked."""
    if not dereverberation["is_on"]:
        return blocks
    from musasr.diarizers.dereverberation import dereverberate

    conf = {key: value for key, value in dereverberation.items() if key != "is_on"}
    return dereverberate(blocks, sampling_rate=RATE, **conf)
