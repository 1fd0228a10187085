"""The music of MUSAN (openslr.org/17), with the genres, vocals and artists of its annotations."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from musasr.atomic import write_text
from musasr.audio.conversion import Source
from musasr.corpora import splits
from musasr.corpora.contract import MAIN_GENRE, Skipped
from musasr.corpora.titles import Title, record
from musasr.errors import ConfigError, DataError
from musasr.parallel import WHOLE, JobPart

ANNOTATIONS = "ANNOTATIONS"
LICENCES = "licences"


@dataclass(frozen=True)
class Annotation:
    """A line of an ANNOTATIONS file."""

    name: str
    genres: tuple[str, ...]
    has_vocals: bool
    artist: str
    folder: Path

    @property
    def path(self) -> Path:
        """Where its audio should be."""
        return self.folder / f"{self.name}.wav"


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    root: str,
    vocals: bool | None,
    genres: dict[str, list[str]],
    dev_fraction: float,
    test_fraction: float,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write music dirs of MUSAN's music, no artist in two of them, and copies of its licences.

    Args:
        output: Folder of the music dirs.
        sampling_rate: Hz of the converted files.
        seed: Not used: the split follows the files' contents.
        num_jobs: Worker processes.
        root: MUSAN's folder: the one with `music` in it.
        vocals: True takes titles with vocals only, False titles without; None takes all.
        genres: Genre of a test -> the words of MUSAN's annotations that make a title one of it. What is in
            no list is the test music of Table I.
        dev_fraction: Part of the titles that is held out for validation.
        test_fraction: Part of each genre's titles that is tested.
        part: What this job does of it: a part only converts.

    Returns:
        What could not be used: listed without a file, unlisted, broken or silent; and what `vocals` left out.

    Raises:
        ConfigError: A genre has no word that an annotation has.
        DataError: There are no annotations, or a line of them is not one.
    """
    music = Path(root).expanduser() / "music"
    annotations = list(_read_annotations(music))
    skipped = [Skipped(os.fspath(path), "not in ANNOTATIONS") for path in _unlisted(music, annotations)]
    wanted = [one for one in annotations if vocals is None or one.has_vocals == vocals]
    if len(wanted) < len(annotations):
        reason = f"{len(annotations) - len(wanted)} titles {'without' if vocals else 'with'} vocals"
        skipped.append(Skipped(f"music.vocals {str(vocals).lower()}", reason))
    missing = {one.path for one in wanted if not one.path.is_file()}
    skipped += [Skipped(os.fspath(path), "listed, but there is no such file") for path in sorted(missing)]
    there = [one for one in wanted if one.path not in missing]
    _check_genres(genres, there)
    licences = _copy_licences(music, output)
    titles = [_title(one, genres, licences) for one in there]
    recordings, left_out = record(titles, output, sampling_rate=sampling_rate, num_jobs=num_jobs, part=part)
    if not part.is_whole:
        return []
    recordings, repeated = splits.without_repeats(recordings)
    sets = splits.split(recordings, dev_fraction=dev_fraction, test_fraction=test_fraction, where=music)
    splits.write(output, sets, sampling_rate=sampling_rate)
    return skipped + left_out + repeated


def _read_annotations(music: Path) -> Iterator[Annotation]:
    """The lines of every source's annotations: `<name> <genre,genre> <Y|N> <artist>`."""
    files = sorted(music.glob(f"*/{ANNOTATIONS}"))
    if not files:
        mend = "set music.root to the folder that holds MUSAN's music, noise and speech"
        raise DataError(f"no {ANNOTATIONS} below it", where=music, mend=mend)
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            fields = line.split(maxsplit=3)
            if not fields:
                continue
            if len(fields) < 3 or fields[2] not in ("Y", "N"):
                what = f"{line!r} is not '<name> <genres> <Y or N> <artist>'"
                raise DataError(what, where=f"{file}:{number}", mend="unpack MUSAN again")
            name, words, has_vocals, *artist = fields
            genres = tuple(word.lower() for word in words.split(",") if word)
            yield Annotation(name, genres, has_vocals == "Y", "".join(artist).strip(), file.parent)


def _unlisted(music: Path, annotations: Sequence[Annotation]) -> list[Path]:
    listed = {one.path for one in annotations}
    return [path for path in sorted(music.glob("*/*.wav")) if path not in listed]


def _check_genres(genres: Mapping[str, Sequence[str]], annotations: Sequence[Annotation]) -> None:
    words = {word for one in annotations for word in one.genres}
    for genre, wanted in genres.items():
        if not words.intersection(wanted):
            mend = f"name some of {', '.join(sorted(words))}"
            raise ConfigError("no title has such a genre", where=f"music.genres.{genre}", mend=mend)


def _title(one: Annotation, genres: Mapping[str, Sequence[str]], licences: Mapping[str, str]) -> Title:
    matching = [genre for genre, words in genres.items() if set(words).intersection(one.genres)]
    return Title(
        one.name,
        (Source(one.path),),
        genre=matching[0] if matching else MAIN_GENRE,
        album=one.artist or None,
        licence=licences.get(one.name) or licences.get(one.folder.name, ""),
    )


def _copy_licences(music: Path, output: Path) -> dict[str, str]:
    """Copy each source's licence; return what it says: of a title, where a line begins with its name."""
    licences = {}
    for path in sorted(music.glob("*/LICEN[CS]E*")):
        source, text = path.parent.name, path.read_text(encoding="utf-8", errors="replace")
        copy = write_text(output / LICENCES / f"{source}.txt", text)
        licences[source] = f"see {copy.relative_to(output)}"
        for line in text.splitlines():
            name, _, licence = line.partition(" ")
            if name.startswith("music-") and licence.strip():
                licences[name] = " ".join(licence.split())
    return licences
