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
from musasr.audio.streams import stream_mono
from musasr.errors import names_file


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
    parts = [stream_mono(one.path, sampling_rate=sampling_rate, stream=one.stream) for one in sources]
    with TemporaryFile(dir=output.parent) as draft:
        peak, num_samples = 0.0, 0
        for block in _sum(parts):
            peak, num_samples = max(peak, float(np.abs(block).max())), num_samples + len(block)
            with names_file(output):  # the draft has no name
                draft.write(block.tobytes())
        if peak <= silence:
            return None
        draft.seek(0)
        return Converted(num_samples, peak, _write(output, draft, sampling_rate, scale=1.0 / max(1.0, peak)))


def _sum(parts: Sequence[Iterator[np.ndarray]]) -> Iterator[np.ndarray]:
    if len(parts) == 1:
        yield from parts[0]
        return
    for blocks in zip_longest(*map(of_one_size, parts), fillvalue=np.zeros(0, np.float32)):
        size = max(map(len, blocks))
        yield np.sum([np.pad(block, (0, size - len(block))) for block in blocks], axis=0)


def of_one_size(blocks: Iterable[np.ndarray], size: int = formats.BLOCK) -> Iterator[np.ndarray]:
    """Yield the same samples in blocks of a size, the last one shorter."""
    held = np.zeros(0, np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
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
