"""A conversation's samples, and the truth of who speaks when, to 10 ms."""

from collections.abc import Mapping, Sequence

import numpy as np

from musasr import audio
from musasr.corpora.embedded.speech.synthesis import FRAME_SECONDS, activity
from musasr.diarization.conversations.script import Said
from musasr.kaldi.rttm import Turn
from musasr.mixing.acoustics import impulse_response
from musasr.mixing.draw import generator
from musasr.mixing.gain import peak_scale
from musasr.mixing.rooms import Point, Room, Rooms

LEVEL_STEP_DB = 4.0  # speakers of a conversation differ in level within -+ this
LONGEST_GAP = 0.3  # seconds without sound within an utterance, up to which it is one turn


def sound_of(
    said: Sequence[Said], *, key: Sequence[object], rooms: Rooms | None, noise_db: float, sampling_rate: int
) -> tuple[np.ndarray, list[Turn]]:
    """(samples (T,), turns): each speaker at a level and, where there is a room, at a place of their own.

    Args:
        said: The script.
        key: What the draws are a function of.
        rooms: Rooms to draw from; None: all of it is dry.
        noise_db: White noise, dB re full scale.
        sampling_rate: Hz.
    """
    room = None if rooms is None else rooms.draw(*key)
    random = generator(*key, "sound")
    speakers = sorted({one.utterance.speaker_id for one in said})
    levels = {name: 10 ** (random.uniform(-LEVEL_STEP_DB, LEVEL_STEP_DB) / 20) for name in speakers}
    places = _places(room, rooms, speakers, key)
    length = max(one.end for one in said) + sampling_rate // 2
    parts = {name: np.zeros(length, np.float32) for name in speakers}
    turns: list[Turn] = []
    for one in said:
        samples, _ = audio.read(one.utterance.path, sampling_rate=sampling_rate)
        name = one.utterance.speaker_id
        parts[name][one.start : one.start + len(samples)] += samples * np.float32(levels[name])
        turns += _turns(one, samples, sampling_rate)
    mixture = (10 ** (noise_db / 20) * random.standard_normal(length)).astype(np.float32)
    for name, samples in parts.items():
        mixture += (
            samples if room is None else impulse_response(room, places[name], sampling_rate).apply(samples)
        )
    return mixture * np.float32(peak_scale(mixture)), sorted(turns)


def _places(
    room: Room | None, rooms: Rooms | None, speakers: Sequence[str], key: Sequence[object]
) -> Mapping[str, Point]:
    """Speaker -> where they are in the room."""
    if room is None or rooms is None:
        return {}
    return {name: rooms.mouth_in(room, *key, name) for name in speakers}


def _turns(one: Said, samples: np.ndarray, sampling_rate: int) -> list[Turn]:
    """Where an utterance sounds: parts of it with short gaps between them are one turn."""
    frames = np.flatnonzero(activity(samples, sampling_rate))
    breaks = np.flatnonzero(np.diff(frames) > LONGEST_GAP / FRAME_SECONDS)
    first, last = frames[np.r_[0, breaks + 1]], frames[np.r_[breaks, len(frames) - 1]] + 1
    offset = one.start / sampling_rate
    return [
        Turn(
            round(offset + a * FRAME_SECONDS, 3),
            round(offset + b * FRAME_SECONDS, 3),
            one.utterance.speaker_id,
        )
        for a, b in zip(first, last, strict=True)
    ]
