"""Recordings of any length as mono 16-bit wavs, block by block: an hour takes the memory of a minute."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from musasr import audio
from musasr.atomic import replacing
from musasr.audio import formats
from musasr.errors import DataError


@dataclass(frozen=True)
class Source:
    """An audio stream of a file: most files hold one, stems hold several."""

    path: Path
    stream: int = 0


@dataclass(frozen=True)
class Converted:
    """What was read: samples, their peak, and the SHA-256 of the 16-bit samples that were written."""

    num_samples: int
    peak: float
    content: str


def convert(
    sources: Sequence[Source], output: Path, *, sampling_rate: int, silence: float = 0.0
) -> Converted | None:
    """Write the sum of the sources as a mono wav, whole or not at all; None where it is silent.

    Sums and resampling may pass full scale: then the whole is scaled down to it.

    Args:
        sources: At least one; shorter ones end in silence.
        output: The wav.
        sampling_rate: Its rate, Hz.
        silence: A peak at or below this is silent, and nothing is written.

    Raises:
        DataError: A source is missing, broken or empty, or holds NaN.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    parts = [mono_blocks(source, sampling_rate=sampling_rate) for source in sources]
    with TemporaryFile(dir=output.parent) as draft:
        peak, num_samples = 0.0, 0
        for block in _sum(parts):
            peak, num_samples = max(peak, float(np.abs(block).max())), num_samples + len(block)
            draft.write(block.tobytes())
        if peak <= silence:
            return None
        draft.seek(0)
        return Converted(num_samples, peak, _write(output, draft, sampling_rate, scale=1.0 / max(1.0, peak)))


def mono_blocks(source: Source, *, sampling_rate: int) -> Iterator[np.ndarray]:
    """Yield the blocks (T,) of a source at a rate, its channels averaged: together what `audio.read` gives.

    Raises:
        DataError: It is missing, broken or empty, or holds NaN or infinity.
    """
    blocks = audio.decode(source.path, stream=source.stream)
    first, rate = next(blocks)
    mono = (block.mean(axis=0) for block in _chain(first, blocks))
    for block in mono if rate == sampling_rate else _resampled(mono, rate, sampling_rate):
        if not np.isfinite(block).all():
            what = "the audio holds NaN or infinite samples"
            raise DataError(what, where=source.path, mend="make the file again")
        if len(block):
            yield block


def _chain(first: np.ndarray, rest: Iterable[tuple[np.ndarray, int]]) -> Iterator[np.ndarray]:
    yield first
    for block, _ in rest:
        yield block


def _resampled(blocks: Iterable[np.ndarray], from_rate: int, to_rate: int) -> Iterator[np.ndarray]:
    import soxr

    stream = soxr.ResampleStream(from_rate, to_rate, 1, dtype="float32")
    taken = given = 0
    for block in blocks:
        taken += len(block)
        resampled = stream.resample_chunk(block)
        given += len(resampled)
        yield resampled
    wanted = max(1, round(taken * to_rate / from_rate)) - given
    last = stream.resample_chunk(np.zeros(0, np.float32), last=True)[:wanted]
    yield np.pad(last, (0, wanted - len(last)))


def _sum(parts: Sequence[Iterator[np.ndarray]]) -> Iterator[np.ndarray]:
    if len(parts) == 1:
        yield from parts[0]
        return
    for blocks in zip_longest(*map(_of_one_size, parts), fillvalue=np.zeros(0, np.float32)):
        size = max(map(len, blocks))
        yield np.sum([np.pad(block, (0, size - len(block))) for block in blocks], axis=0)


def _of_one_size(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the same samples in blocks of formats.BLOCK, the last one shorter."""
    held = np.zeros(0, np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= formats.BLOCK:
            yield held[: formats.BLOCK]
            held = held[formats.BLOCK :]
    if len(held):
        yield held


def _write(path: Path, draft: IO[bytes], sampling_rate: int, *, scale: float) -> str:
    """Write float32 samples as 16-bit wav and return the SHA-256 of the steps."""
    import soundfile

    content = hashlib.sha256()
    with (
        replacing(path) as temporary,
        soundfile.SoundFile(temporary, "w", sampling_rate, 1, subtype="PCM_16", format="WAV") as file,
    ):
        while data := draft.read(4 * formats.BLOCK):
            steps = audio.to_pcm16(np.frombuffer(data, np.float32) * np.float32(scale))
            content.update(steps.tobytes())
            file.write(steps)
    return content.hexdigest()
