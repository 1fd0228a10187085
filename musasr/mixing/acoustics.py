"""What a room makes of a signal: its image sources, by pyroomacoustics."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musasr.errors import ConfigError
from musasr.mixing.rooms import DIRECT, Point, Room

# Reflections at most: their cost grows with the cube, and what follows the 60th is 40 dB down or more.
MAX_ORDER = 60
KEPT = 512  # rooms' responses that stay in memory: some 100 kB each


@dataclass(frozen=True, eq=False)
class Response:
    """An impulse response, and the sample at which the direct sound arrives."""

    samples: np.ndarray
    delay: int

    def apply(self, signal: np.ndarray) -> np.ndarray:
        """The signal (T,) as it arrives, without the way's delay; what rings on after its end is cut."""
        from scipy.signal import oaconvolve

        heard = oaconvolve(signal.astype(np.float64), self.samples)[self.delay : self.delay + len(signal)]
        return np.pad(heard, (0, len(signal) - len(heard))).astype(np.float32)


@dataclass(frozen=True)
class RoomSignals:
    """Speech and music in a room, each (T,): `reference` is what counts as the speech."""

    speech: np.ndarray
    reference: np.ndarray
    music: np.ndarray


def simulate(room: Room | None, *, speech: np.ndarray, music: np.ndarray, sampling_rate: int) -> RoomSignals:
    """Both as they arrive at the microphone; unchanged where there is no room."""
    if room is None:
        return RoomSignals(speech, speech, music)
    heard = (
        speech if room.speech is None else impulse_response(room, room.speech, sampling_rate).apply(speech)
    )
    reference = heard
    if room.reference == DIRECT and room.speech is not None:
        reference = impulse_response(room, room.speech, sampling_rate, is_direct=True).apply(speech)
    if room.music is not None:
        music = impulse_response(room, room.music, sampling_rate).apply(music)
    return RoomSignals(heard, reference, music)


@lru_cache(maxsize=KEPT)
def impulse_response(room: Room, source: Point, sampling_rate: int, *, is_direct: bool = False) -> Response:
    """The response from a place in a room to its microphone, of which the direct sound has the energy 1.

    Args:
        room: Its size, reverberation and microphone.
        source: Where the sound comes from, metres.
        sampling_rate: Hz.
        is_direct: Whether only the direct sound is wanted.

    Raises:
        ConfigError: A room of that size cannot have so short a reverberation.
    """
    import pyroomacoustics

    try:
        absorption, order = pyroomacoustics.inverse_sabine(room.reverberation, room.size)
    except ValueError as error:
        size = " x ".join(map(str, room.size))
        what = f"{room.reverberation} s is too short for a room of {size} m"
        raise ConfigError(what, where="mixing.rooms.reverberation", mend="raise the lower bound") from error
    direct = _simulate(room, source, sampling_rate, absorption, max_order=0)
    scale = 1.0 / np.sqrt(np.dot(direct, direct))
    flight = math.dist(source, room.microphone) / pyroomacoustics.constants.get("c")
    filter_delay = pyroomacoustics.constants.get("frac_delay_length") // 2
    delay = round(flight * sampling_rate) + filter_delay
    if is_direct:
        return Response(scale * direct, delay)
    echoes = _simulate(room, source, sampling_rate, absorption, max_order=min(order, MAX_ORDER))
    return Response(scale * echoes, delay)


def _simulate(
    room: Room, source: Point, sampling_rate: int, absorption: float, *, max_order: int
) -> np.ndarray:
    import pyroomacoustics

    # The number of threads decides in what order echoes are summed, and so the last bits.
    pyroomacoustics.constants.set("num_threads", 1)
    material = pyroomacoustics.Material(absorption)
    shoebox = pyroomacoustics.ShoeBox(room.size, fs=sampling_rate, materials=material, max_order=max_order)
    shoebox.add_source(source)
    shoebox.add_microphone(room.microphone)
    shoebox.compute_rir()
    return np.asarray(shoebox.rir[0][0], dtype=np.float64)
