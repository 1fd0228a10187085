"""Which files are taken apart, where their stems go, and that nothing is written over anything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from musasr import audio
from musasr.errors import ConfigError, DataError

MADE_BY = "musasr separate"
"""How the comment begins that stems carry; what they were made of follows it."""
FORMATS = ("wav", "flac")


@dataclass(frozen=True)
class Place:
    """A file and where its stems go: `folder` / NAME_<source>.wav."""

    source: Path
    folder: Path

    def targets(self, stems: Sequence[str], suffix: str) -> dict[str, Path]:
        """The path of each stem."""
        return {stem: self.folder / f"{self.source.stem}_{stem}.{suffix}" for stem in stems}


def find_places(paths: Sequence[Path], output: Path) -> list[Place]:
    """The files that paths name (`audio.find_media`); folders in a folder are folders in the output too.

    Stems that an earlier run left in a folder are no files to take apart.

    Raises:
        ConfigError: Two files' stems would have one name, or ``output`` is no folder.
        DataError: A path is not there, or a folder holds no media.
    """
    if output.exists() and not output.is_dir():
        raise ConfigError("is a file, not a folder", where=output, mend="name another --output")
    places: dict[Path, Place] = {}
    for path in paths:
        for source in audio.find_media([path]):
            inside = source.parent.relative_to(path) if path.is_dir() else Path()
            if not path.is_dir() or maker_of(source) is None:
                places.setdefault(source.resolve(), Place(source, output / inside))
    _check_names(list(places.values()))
    return list(places.values())


def check_targets(places: Sequence[Place], stems: Sequence[str], suffix: str) -> None:
    """See that no stem is written over one of the files.

    Raises:
        ConfigError: One would be.
    """
    for place in places:
        for target in place.targets(stems, suffix).values():
            if any(_is_same(target, other.source) for other in places):
                mend = "choose another folder for the output"
                what = f"would be overwritten by a stem of {place.source}"
                raise ConfigError(what, where=target, mend=mend)


def are_made_of(targets: Sequence[Path], key: str) -> bool:
    """Whether stems are there and were made of what a key stands for.

    Raises:
        DataError: A file is in a stem's place that no separation made.
    """
    makers = [maker_of(target) if target.exists() else "" for target in targets]
    for target, maker in zip(targets, makers, strict=True):
        if maker is None:
            what = "is there already, and no separation made it"
            raise DataError(what, where=target, mend="move it, or name another folder for the output")
    return makers == [key] * len(targets)


def comment_of(key: str) -> str:
    """The comment of stems that are made of what a key stands for."""
    return f"{MADE_BY} {key}"


def maker_of(path: Path) -> str | None:
    """The key of what a stem was made of; None for what is no stem."""
    import soundfile

    if path.suffix.lower().removeprefix(".") not in FORMATS:
        return None
    try:
        with soundfile.SoundFile(path) as file:
            made_by, _, key = file.comment.rpartition(" ")
    except soundfile.LibsndfileError:
        return None
    return key if made_by == MADE_BY else None


def _check_names(places: Sequence[Place]) -> None:
    first: dict[Path, Place] = {}
    for place in places:
        other = first.setdefault(place.folder / place.source.stem, place)
        if other is not place:
            what = f"has the name of {other.source}: their stems would be one"
            mend = "separate them one by one, into folders of their own"
            raise ConfigError(what, where=place.source, mend=mend)


def _is_same(path: Path, other: Path) -> bool:
    return path.exists() and path.samefile(other)
