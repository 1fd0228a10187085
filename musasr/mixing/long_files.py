"""Two files of any length mixed at an SNR, in the memory of a few seconds of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.atomic import replacing
from musasr.audio.conversion import of_one_size
from musasr.audio.files import WAV_HEADER
from musasr.audio.streams import stream_mono
from musasr.errors import ConfigError, DataError, check_room
from musasr.mixing import gain

Blocks = Callable[[], Iterator[np.ndarray]]  # from the start at each call
PARTS = ("mixture", "speech", "music")
MOST_DB = 90.0  # 16 bits hold no more between a sound and its smallest step
CROSSFADES = 10  # of a second that two repetitions of the music share: rate / CROSSFADES samples


@dataclass(frozen=True)
class Measured:
    """What is known of blocks once all have passed: samples, largest sample, sum of squares."""

    num_samples: int = 0
    peak: float = 0.0
    energy: float = 0.0

    def and_(self, block: np.ndarray) -> "Measured":
        """With a block more."""
        peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
        return Measured(self.num_samples + len(block), peak, self.energy + gain.energy(block))


def mix_files(speech: Path, music: Path, output: Path, *, snr_db: float) -> tuple[float, int]:
    """Write output/mixture.wav, speech.wav and music.wav, as `musasr.mixing.dynamic.mix` makes them.

    Args:
        speech: Whose rate and length the mixture has.
        music: Looped where it is too short.
        output: The folder.
        snr_db: Speech over music.

    Returns:
        The SNR of what was written, dB, and its rate, Hz.

    Raises:
        ConfigError: An output would replace an input, or the SNR is none of sounds in 16 bits.
        DataError: A file is broken or silent.
    """
    if not abs(snr_db) <= MOST_DB:  # NaN neither
        mend = f"give -{MOST_DB:g} to {MOST_DB:g}"
        raise ConfigError(f"{snr_db:g} dB is no SNR of 16-bit wavs", where="--snr_db", mend=mend)
    targets = {name: output / f"{name}.wav" for name in PARTS}
    for target in targets.values():
        if target.exists() and any(target.samefile(one) for one in (speech, music) if one.exists()):
            raise ConfigError("would be written over", where=target, mend="take another --output")
    rate = audio.info(speech).sampling_rate
    voices = _blocks_of(speech, rate)
    measured = _measured(voices(), speech)
    piece = _blocks_of(music, rate)
    crossfade = min(rate // CROSSFADES, _measured(piece(), music).num_samples // 2)

    def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        looped = loop_blocks(piece, num_samples=measured.num_samples, crossfade=crossfade)
        return zip(of_one_size(voices()), of_one_size(looped), strict=True)

    factor, scale = _levels(pairs, measured.energy, snr_db, where=f"{speech}, {music}")
    check_room(output, len(PARTS) * (WAV_HEADER + 2 * measured.num_samples), "the mixture and its parts")
    return _write(targets, pairs, factor, scale, rate, measured.num_samples), rate


def loop_blocks(piece: Blocks, *, num_samples: int, crossfade: int) -> Iterator[np.ndarray]:
    """Yield in blocks what `musasr.mixing.gain.loop` gives of a piece, of at least twice the cross-fade."""
    fade_in = np.linspace(0.0, 1.0, crossfade, dtype=np.float32)
    left, seam = num_samples, None
    while True:
        held = np.zeros(0, np.float32)
        for block in piece():
            held = np.concatenate([held, block])
            if seam is not None and len(held) >= crossfade:
                held[:crossfade] = seam * (1 - fade_in) + held[:crossfade] * fade_in
                seam = None
            ready = 0 if seam is not None else min(left, max(0, len(held) - crossfade))
            if ready:
                yield held[:ready]
                held, left = held[ready:], left - ready
            if left == 0:
                return
        if len(held) >= left:
            yield held[:left]
            return
        seam = held


def _blocks_of(path: Path, rate: int) -> Blocks:
    return lambda: stream_mono(path, sampling_rate=rate)


def _measured(blocks: Iterator[np.ndarray], path: Path) -> Measured:
    """What is known of a file's blocks; it is no silence."""
    found = Measured()
    for block in blocks:
        found = found.and_(block)
    if audio.is_silent(np.array([found.peak])):
        raise DataError("is silent: it has no SNR", where=path, mend="take other audio")
    return found


def _levels(pairs: Callable, speech_energy: float, snr_db: float, *, where: str) -> tuple[float, float]:
    """The music's factor, and that of the whole, which keeps the mixture within full scale."""
    music_energy = sum(gain.energy(music) for _, music in pairs())
    try:
        factor = np.float32(gain.gain_of_energies(speech=speech_energy, music=music_energy, snr_db=snr_db))
    except ValueError as error:
        raise DataError(str(error), where=where, mend="take other audio") from error
    peak = max(float(np.abs(speech + music * factor).max()) for speech, music in pairs())
    return factor, np.float32(gain.scale_of_peak(peak))


def _write(
    targets: Mapping[str, Path], pairs: Callable, factor: float, scale: float, rate: int, num_samples: int
) -> float:
    """Write all parts or none, and return the SNR of what was written, dB."""
    import soundfile

    size = WAV_HEADER + 2 * num_samples
    totals = dict.fromkeys(PARTS, Measured())
    with ExitStack() as stack:
        files = {}
        for name, path in targets.items():
            temporary = stack.enter_context(replacing(path, num_bytes=size))
            file = soundfile.SoundFile(temporary, "w", rate, 1, subtype="PCM_16", format="WAV")
            files[name] = stack.enter_context(file)
        for speech, music in pairs():
            # In this order, as mix does: the same roundings.
            scaled = (music * factor) * scale
            parts = {"mixture": speech * scale + scaled, "speech": speech * scale, "music": scaled}
            for name, samples in parts.items():
                steps = audio.to_pcm16(samples)
                totals[name] = totals[name].and_(steps.astype(np.float64))
                files[name].write(steps)
        _check_heard(totals, targets)
    return 10.0 * float(np.log10(totals["speech"].energy / totals["music"].energy))


def _check_heard(totals: Mapping[str, Measured], targets: Mapping[str, Path]) -> None:
    """See that of each part something is left in 16 bits."""
    for name, total in totals.items():
        if total.energy == 0:
            what = f"nothing of the {name} is left in 16 bits at this SNR"
            raise DataError(what, where=targets[name], mend="take an --snr_db nearer to 0, or louder audio")
