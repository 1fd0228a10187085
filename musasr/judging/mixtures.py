"""What a separator gains on mixtures with their parts, loses of clean speech, leaves of music alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musasr import audio
from musasr.errors import DataError, memory_for
from musasr.kaldi.tables import read_table
from musasr.metrics.separation import FILTER_TAPS, SCORE_LIMIT_DB, limited, sdr
from musasr.mixing.gain import level_db
from musasr.recognition.long_separation import separate_window
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
    separator: Separator, directory: Path, *, sampling_rate: int, on_step: Callable[[], None] = lambda: None
) -> Row:
    """The means over a dir's mixtures.

    Args:
        separator: Gives a source ``speech``.
        directory: A Kaldi dir with wav.scp and, where somebody speaks, speech.scp.
        sampling_rate: Of the separator, Hz.
        on_step: Is called after each mixture.

    Raises:
        DataError: A file is missing, broken, silent or too short, or lengths differ.
        StateError: Memory does not suffice for a mixture.
    """
    has_speech = (directory / REFERENCES).is_file()
    before, after, left = [], [], []
    for mixture, speech in _pairs(directory, sampling_rate, has_speech=has_speech):
        what = f"a mixture of {len(mixture) / sampling_rate:.1f} s"
        with memory_for(what, where=directory, mend="score shorter mixtures: each is separated at once"):
            estimate = separate_window(separator, mixture)["speech"]
            left.append(limited(level_db(estimate) - level_db(mixture)))
            if speech is not None:
                before.append(limited(sdr(estimate=mixture, reference=speech)))
                after.append(limited(sdr(estimate=estimate, reference=speech)))
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


def _pairs(
    directory: Path, sampling_rate: int, *, has_speech: bool
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Mixture (T,) and speech (T,) of each utterance."""
    mixtures = read_table(directory / MIXTURES)
    speech: Mapping[str, str] = read_table(directory / REFERENCES) if has_speech else {}
    if has_speech and speech.keys() != mixtures.keys():
        what = f"names other utterances than {MIXTURES}"
        raise DataError(what, where=directory / REFERENCES, mend="name the same in both")
    for utterance_id, path in mixtures.items():
        mixture = _sound(path, sampling_rate)
        reference = None
        if has_speech:
            reference = _sound(speech[utterance_id], sampling_rate)
            if len(reference) != len(mixture):
                what = f"has {len(reference)} samples, its mixture {len(mixture)}"
                raise DataError(what, where=speech[utterance_id], mend="give parts of one length")
        yield mixture, reference


def _sound(path: str, sampling_rate: int) -> np.ndarray:
    """The samples (T,) of a file that can be measured: it has a level, and is as long as SDR's filter."""
    samples, _ = audio.read(path, sampling_rate=sampling_rate)
    if len(samples) < FILTER_TAPS:
        what = f"has {len(samples)} samples at {sampling_rate} Hz, SDR takes {FILTER_TAPS} at least"
        raise DataError(what, where=path, mend="leave it out")
    if audio.is_silent(samples):
        raise DataError("is silent: nothing has a level or an SDR to it", where=path, mend="leave it out")
    return samples
