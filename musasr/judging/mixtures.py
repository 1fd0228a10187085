"""What a separator gains on mixtures with their parts, loses of clean speech, leaves of music alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musasr import audio
from musasr.audio.streams import stream_mono
from musasr.errors import DataError
from musasr.kaldi.tables import read_table
from musasr.metrics.long_separation import LongScore
from musasr.metrics.separation import FILTER_TAPS, SCORE_LIMIT_DB, decibels, limited
from musasr.mixing.gain import energy
from musasr.recognition.long_separation import separate_blocks
from musasr.recognition.separation import Separator

MIXTURES, REFERENCES = "wav.scp", "speech.scp"


@dataclass(frozen=True)
class Row:
    """The means of one Kaldi dir, dB.

    Attributes:
        name: The dir's.
        num_utterances: How many mixtures it holds.
        sdr_mixture: Of the mixtures, with the speech as the reference; None of a dir without speech.
        sdr: Of the estimates of the speech; None likewise.
        left_db: Level of the estimates of the speech re that of the mixtures.
    """

    name: str
    num_utterances: int
    sdr_mixture: float | None
    sdr: float | None
    left_db: float

    @property
    def gain(self) -> float | None:
        """SDR gained, dB; None where there is nothing to gain: of clean speech, and where nobody speaks."""
        if self.sdr is None or self.sdr_mixture >= SCORE_LIMIT_DB:
            return None
        return self.sdr - self.sdr_mixture


def mixture_dirs(folder: Path) -> list[Path]:
    """The dirs of mixtures in a folder, by name, or the folder itself where it is one.

    Raises:
        DataError: There is none.
    """
    found = [path.parent for path in sorted(folder.glob(f"*/{MIXTURES}"))]
    dirs = [folder] if (folder / MIXTURES).is_file() else found
    # What mixtures are made of, speech and music by themselves, are Kaldi dirs too.
    dirs = [path for path in dirs if (path / REFERENCES).is_file() or (path / "music.scp").is_file()]
    if not dirs:
        mend = f"name a Kaldi dir with {REFERENCES}, or a folder of such; tools/real_sound.sh makes one"
        raise DataError("holds no mixtures with their parts", where=folder, mend=mend)
    return dirs


def num_mixtures(directory: Path) -> int:
    """How many a dir holds."""
    return len(read_table(directory / MIXTURES))


def measure(
    separator: Separator,
    directory: Path,
    *,
    sampling_rate: int,
    chunks: Mapping[str, float],
    on_step: Callable[[], None] = lambda: None,
) -> Row:
    """The means over a dir's mixtures, which may be of any length.

    Args:
        separator: Gives a source ``speech``.
        directory: A Kaldi dir with wav.scp and, where somebody speaks, speech.scp.
        sampling_rate: Of the separator, Hz.
        chunks: ``chunk_seconds`` and ``overlap_seconds``: what is longer than a chunk is taken apart in such.
        on_step: Is called after each mixture.

    Raises:
        DataError: A file is missing, broken, silent or too short, or lengths differ.
        StateError: Memory does not suffice for a chunk.
    """
    before, after, left = [], [], []
    for mixture, speech in _pairs(directory, sampling_rate):
        scores, energies = (LongScore(), LongScore()), np.zeros(2)
        references = None if speech is None else _Taken(stream_mono(speech, sampling_rate=sampling_rate))
        blocks = stream_mono(mixture, sampling_rate=sampling_rate)
        for chunk in separate_blocks(separator, blocks, sampling_rate=sampling_rate, where=mixture, **chunks):
            estimates = (chunk.mixture, chunk.estimates["speech"])
            energies += [energy(estimate) for estimate in estimates]
            if references is not None:
                reference = references(len(chunk.mixture))
                for score, estimate in zip(scores, estimates, strict=True):
                    score.add(estimate=estimate, reference=reference)
        left.append(limited(decibels(energies[1], energies[0])))
        if references is not None:
            before.append(limited(scores[0].sdr))
            after.append(limited(scores[1].sdr))
        on_step()
    means = [float(np.mean(values)) if values else None for values in (before, after)]
    return Row(directory.name, len(left), *means, float(np.mean(left)))


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "| mixtures | | SDR of the mixture | SDR | gained | level of the speech re mixture |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        numbers = (row.sdr_mixture, row.sdr, row.gain, row.left_db)
        cells = ["-" if number is None else f"{number:.2f}" for number in numbers]
        lines.append(f"| {row.name} | {row.num_utterances} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\nMeans, dB."


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """All figures."""
    return [asdict(row) | {"gain": row.gain} for row in rows]


class _Taken:
    """Blocks (T,), of which as many samples at once are taken as are asked for."""

    def __init__(self, blocks: Iterator[np.ndarray]):
        self._blocks, self._held = blocks, np.zeros(0, np.float32)

    def __call__(self, num_samples: int) -> np.ndarray:
        """The next samples, (num_samples,)."""
        held = [self._held]
        while sum(map(len, held)) < num_samples:
            held.append(next(self._blocks))
        whole = np.concatenate(held)
        self._held = whole[num_samples:]
        return whole[:num_samples]


def _pairs(directory: Path, sampling_rate: int) -> Iterator[tuple[str, str | None]]:
    """Mixture and speech of each utterance: files that can be measured, of one length."""
    mixtures = read_table(directory / MIXTURES)
    has_speech = (directory / REFERENCES).is_file()
    speech: Mapping[str, str] = read_table(directory / REFERENCES) if has_speech else {}
    if has_speech and speech.keys() != mixtures.keys():
        what = f"names other utterances than {MIXTURES}"
        raise DataError(what, where=directory / REFERENCES, mend="name the same in both")
    for utterance_id, path in mixtures.items():
        num_samples = _check_sound(path, sampling_rate)
        if has_speech and (count := _check_sound(speech[utterance_id], sampling_rate)) != num_samples:
            what = f"has {count} samples, its mixture {num_samples}"
            raise DataError(what, where=speech[utterance_id], mend="give parts of one length")
        yield path, speech.get(utterance_id)


def _check_sound(path: str, sampling_rate: int) -> int:
    """How many samples a file has that can be measured: it has a level, and is as long as SDR's filter."""
    num_samples, peak = 0, 0.0
    for block in stream_mono(path, sampling_rate=sampling_rate):
        num_samples, peak = num_samples + len(block), max(peak, float(np.abs(block).max(initial=0.0)))
    if num_samples < FILTER_TAPS:
        what = f"has {num_samples} samples at {sampling_rate} Hz, SDR takes {FILTER_TAPS} at least"
        raise DataError(what, where=path, mend="leave it out")
    if audio.is_silent(np.array([peak])):
        raise DataError("is silent: nothing has a level or an SDR to it", where=path, mend="leave it out")
    return num_samples
