"""MUSDB18 (stems in mp4) and MUSDB18-HQ (wavs in folders): accompaniments, and songs with their vocals."""

from collections.abc import Iterator
from pathlib import Path

from musasr.audio.conversion import Source
from musasr.corpora import folder
from musasr.corpora.contract import MAIN_GENRE, SUNG_GENRE, Skipped
from musasr.corpora.titles import Title
from musasr.errors import DataError
from musasr.parallel import WHOLE, JobPart

SUFFIX = ".stem.mp4"
STEMS = ("mixture", "drums", "bass", "other", "vocals")  # the mp4's streams, in their order; HQ's wavs
SONG, ACCOMPANIMENT = ("mixture",), ("drums", "bass", "other")
LICENCE = "MUSDB18: for academic use"


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    root: str,
    vocals: bool,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write music dirs: train and dev (some artists of train), and test with the genres anime and popular.

    The test music of Table I is the accompaniment alone; "popular" is the same titles with their vocals.

    Args:
        output: Folder of the music dirs.
        sampling_rate: Hz of the converted files.
        seed: Not used: the split follows the files' contents.
        num_jobs: Worker processes.
        root: The folder with `train` and `test` in it.
        vocals: Whether training music has its vocals too.
        part: What this job does of it: a part only converts.

    Returns:
        Files that could not be used.

    Raises:
        DataError: A folder is missing, or a track lacks a stem.
    """
    folders = {name: Path(root).expanduser() / name for name in ("train", "test")}
    found = {
        "train": list(_titles(folders["train"], SONG if vocals else ACCOMPANIMENT, MAIN_GENRE)),
        "test": [
            *_titles(folders["test"], ACCOMPANIMENT, MAIN_GENRE),
            *_titles(folders["test"], SONG, SUNG_GENRE),
        ],
    }
    return folder.convert_sets(
        output, found, folders, sampling_rate=sampling_rate, num_jobs=num_jobs, part=part
    )


def _titles(side: Path, stems: tuple[str, ...], genre: str) -> Iterator[Title]:
    tracks = sorted([*side.glob(f"*{SUFFIX}"), *(path.parent for path in side.glob("*/mixture.wav"))])
    if not tracks:
        mend = f"set music.root to the folder of train and test, with *{SUFFIX} or the HQ folders in them"
        raise DataError("holds no track of MUSDB18", where=side, mend=mend)
    for track in tracks:
        name = track.name.removesuffix(SUFFIX)
        yield Title(
            f"{genre}/{name}",
            tuple(_source(track, stem) for stem in stems),
            genre=genre,
            # Some artists are on both sides of the official split, which stays as it is.
            album=f"{side.name}: {name.partition(' - ')[0]}",
            licence=LICENCE,
        )


def _source(track: Path, stem: str) -> Source:
    if track.is_file():
        return Source(track, STEMS.index(stem))
    path = track / f"{stem}.wav"
    if not path.is_file():
        raise DataError(f"the track has no {stem}.wav", where=track, mend="unpack it again")
    return Source(path)
