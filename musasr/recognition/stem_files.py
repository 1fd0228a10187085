"""Stems into files: all of a file's stems or none, and no sample is clipped."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from musasr.atomic import replacing
from musasr.recognition.stems import Blocks

LARGEST_WAV = (
    4_000_000_000  # bytes; a wav's header counts them in 32 bits, that of RF64 (named .wav too) in 64
)
HEADER_BYTES = 1000  # of a wav, at most, before its samples
STEPS = 1 << 23  # of flac's 24 bits


def write_wavs(targets: Mapping[str, Path], blocks: Blocks, *, comment: str, seconds: float) -> None:
    """Write stems as wavs of 32-bit floats, which hold what is above full scale too.

    Args:
        targets: Stem -> its path.
        blocks: The stems.
        comment: What the files say of themselves.
        seconds: How long they are, within a second.

    Raises:
        OSError: The system refuses to write one.
    """

    def form(num_channels: int, rate: int) -> dict[str, str]:
        size = 4 * num_channels * rate * (seconds + 1)
        return {"format": "RF64" if size > LARGEST_WAV else "WAV", "subtype": "FLOAT"}

    _write(targets, blocks, comment=comment, form=form, samples=np.transpose)


def write_flacs(targets: Mapping[str, Path], blocks: Blocks, *, comment: str, peak: float) -> None:
    """Write stems as 24-bit flacs, all of them divided by their common peak where it is above 1.

    Args:
        targets: Stem -> its path.
        blocks: The stems.
        comment: What the files say of themselves.
        peak: The largest sample of all stems: `peak_of`.

    Raises:
        OSError: The system refuses to write one.
    """
    scale = STEPS / max(1.0, peak)

    def samples(stem: np.ndarray) -> np.ndarray:
        # Not libsndfile's own scaling: 1 is STEPS - 1 to it on the way out, and STEPS on the way in.
        steps = np.rint(stem.T.astype(np.float64) * scale).clip(-STEPS, STEPS - 1)
        return steps.astype(np.int32) << 8

    def form(num_channels: int, rate: int) -> dict[str, str]:
        return {"format": "FLAC", "subtype": "PCM_24"}

    _write(targets, blocks, comment=comment, form=form, samples=samples)


def peak_of(blocks: Blocks) -> float:
    """The largest sample of all stems, full scale 1."""
    return max((float(np.abs(stem).max()) for stems, _ in blocks for stem in stems.values()), default=0.0)


def _write(
    targets: Mapping[str, Path],
    blocks: Blocks,
    *,
    comment: str,
    form: Callable[[int, int], dict[str, str]],
    samples: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Write blocks; `form`: a file's format, of its channels and rate; `samples`: a stem as (T, channels)."""
    import soundfile

    files: dict[str, soundfile.SoundFile] = {}
    with ExitStack() as renamed, ExitStack() as opened:
        temporary = {name: renamed.enter_context(replacing(target)) for name, target in targets.items()}
        for stems, rate in blocks:
            for name, stem in stems.items():
                if name not in files:
                    shape = {"samplerate": rate, "channels": len(stem), **form(len(stem), rate)}
                    files[name] = opened.enter_context(soundfile.SoundFile(temporary[name], "w", **shape))
                    files[name].comment = comment
                files[name].write(samples(stem))
        opened.close()  # what is whole takes its name
        for path in temporary.values():
            _check_end(path)
            _remove_date(path)


def _check_end(path: Path) -> None:
    """Read the last sample of a file: flac's last block is written as it is closed, which reports nothing.

    Raises:
        RuntimeError: It is not there.
    """
    import soundfile

    with soundfile.SoundFile(path) as file:
        file.seek(-1, soundfile.SEEK_END)
        if len(file.read(1)) == 0:
            raise RuntimeError(f"{path}: its end is missing")


def _remove_date(path: Path) -> None:
    """Let the same stems be the same bytes: a wav of floats says beside its peak when it was written."""
    with path.open("r+b") as file:
        place = file.read(HEADER_BYTES).find(b"PEAK")
        if place >= 0:
            file.seek(place + 12)  # behind its name, its size and its version
            file.write(bytes(4))
