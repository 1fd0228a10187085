"""GTZAN: a folder for each genre, which is a track's station, and lists of the files of each set."""

from pathlib import Path

from musasr.corpora.contract import SETS, Skipped
from musasr.corpora.tagged import Track, write_tracks
from musasr.errors import DataError


def prepare(
    output: Path, *, sampling_rate: int, seed: int, num_jobs: int, root: str, train: str, dev: str, test: str
) -> list[Skipped]:
    """Write output/{train,dev,test}/tracks.tsv.

    The data set repeats artists, titles and even recordings: lists that keep an artist in one set are part
    of what is measured, and so are given as files.

    Args:
        output: Folder of the sets.
        sampling_rate: Not used: features have theirs.
        seed: Not used: the lists say what is in which set.
        num_jobs: Not used.
        root: The folder of the genres' folders.
        train: The list of the training set: a line each, such as ``blues/blues.00029.wav``.
        dev: Of the set to choose by.
        test: Of the set to measure with.

    Returns:
        Files of the lists that are not there.

    Raises:
        DataError: A list is missing or empty, or a line is no genre/file.
    """
    skipped = []
    for name, listed in zip(SETS, (train, dev, test), strict=True):
        tracks = []
        for line in _lines(Path(listed)):
            path = Path(root) / line
            genre, _, file = line.partition("/")
            if not file or "/" in file:
                raise DataError(f"{line!r} is no genre/file", where=listed, mend="write such as blues/a.wav")
            if path.is_file():
                tracks.append(Track(path.stem, path, path.stem, station=genre))
            else:
                skipped.append(Skipped(line, "there is no such file"))
        write_tracks(output / name, tracks)
    return skipped


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise DataError("no such list", where=path, mend="check the path")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    if not any(lines):
        raise DataError("the list is empty", where=path, mend="write a file of the set on each line")
    return [line for line in lines if line]
