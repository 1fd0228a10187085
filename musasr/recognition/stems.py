"""Audio files taken apart into stems: NAME_<source>.wav for each source of a separator."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from musasr import audio
from musasr.atomic import replacing
from musasr.errors import ConfigError, DataError
from musasr.recognition.separation import Separator


@dataclass(frozen=True)
class Stems:
    """What was written of one file.

    Attributes:
        source: The file.
        paths: Its stems, in the order of the separator's sources.
        peak: The largest sample of the estimates, full scale 1. All stems of the file were divided by it
            where it is above 1: together, so that they keep their balance and still add up to the input.
    """

    source: Path
    paths: tuple[Path, ...]
    peak: float


def check_files(files: Sequence[Path], output: Path) -> None:
    """See that the files are there and that their stems will not get in each other's way.

    Raises:
        ConfigError: Two files have one name, or ``output`` is no folder.
        DataError: A file is not there.
    """
    if output.exists() and not output.is_dir():
        raise ConfigError("is a file, not a folder", where=output, mend="name another --output")
    first: dict[str, Path] = {}
    for path in files:
        if not path.is_file():
            raise DataError("no such audio file", where=path, mend="check the path")
        other = first.setdefault(path.stem, path)
        if other is not path:
            what = f"has the name of {other}: their stems would be one"
            raise ConfigError(what, where=path, mend="separate them one by one, into folders of their own")


def separate_files(
    separator: Separator, files: Sequence[Path], output: Path, *, sampling_rate: int
) -> Iterator[Stems]:
    """Separate each file and write its stems: all of a file or none.

    Args:
        separator: On the CPU.
        files: Audio or video, as `check_files` wants them.
        output: The folder that gets the stems; it is made.
        sampling_rate: At which the separator works and the stems are written, Hz.

    Raises:
        ConfigError: A stem would be written over one of the files.
        DataError: A file is broken or empty. What came before it is written.
    """
    for path in files:
        for target in stem_paths(path, separator.sources, output):
            if any(_is_same(target, other) for other in files):
                mend = "choose another folder for the output"
                raise ConfigError(f"would be overwritten by a stem of {path}", where=target, mend=mend)
    for path in files:
        mixture, _ = audio.read(path, sampling_rate=sampling_rate)
        estimates = separate(separator, mixture)
        peak = float(np.abs(estimates).max())
        if not np.isfinite(peak):
            mend = "train the separator again"
            raise DataError("the estimates hold NaN or infinite samples", where=path, mend=mend)
        targets = stem_paths(path, separator.sources, output)
        _write_all(targets, estimates / max(1.0, peak), sampling_rate)
        yield Stems(path, targets, peak)


@torch.inference_mode()
def separate(separator: Separator, mixture: np.ndarray) -> np.ndarray:
    """The sources (S, T) of one mixture (T,)."""
    estimates = separator.separate(torch.from_numpy(mixture)[None], torch.tensor([len(mixture)]))
    return estimates[0].float().numpy()


def stem_paths(path: Path, sources: Sequence[str], output: Path) -> tuple[Path, ...]:
    """Where the stems of a file go."""
    return tuple(output / f"{path.stem}_{source}.wav" for source in sources)


def _is_same(path: Path, other: Path) -> bool:
    return path.exists() and path.samefile(other)


def _write_all(targets: Sequence[Path], samples: np.ndarray, sampling_rate: int) -> None:
    """Write (S, T) samples, one file a source; all of them take their names once all are written."""
    with ExitStack() as stack:
        temporary = [stack.enter_context(replacing(target)) for target in targets]
        for path, one in zip(temporary, samples, strict=True):
            audio.write(path, one, sampling_rate)
