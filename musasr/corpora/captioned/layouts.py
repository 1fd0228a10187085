"""AudioCaps, Clotho, FSD50K and ESC-50 as they come: which sounds each set has, their tags and captions."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from musasr.errors import DataError

TEMPLATES = ("{}", "the sound of {}", "{} in the background", "there is {}", "we hear {}")
UNSEEN = ("i would like to hear only {} please", "an old recording of {}", "keep {} and remove all else")
MOST_KNOWN = 2  # of a sound's captions; a test asks with the others too
SOUND_SUFFIXES = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus")


@dataclass(frozen=True)
class Entry:
    """A sound of a collection: its name, set, file, tags and captions; `unseen` are for the test alone."""

    clip_id: str
    set_name: str
    path: Path
    tags: tuple[str, ...]
    captions: tuple[str, ...]
    unseen: tuple[str, ...]


def esc50(root: Path) -> Iterator[Entry]:
    """meta/esc50.csv and audio/: folds 1 to 3 train, 4 is dev, 5 is the test; a category is the tag."""
    sets = {"1": "train", "2": "train", "3": "train", "4": "dev", "5": "test"}
    for where, row in _rows(root / "meta" / "esc50.csv", ("filename", "fold", "category")):
        if row["fold"] not in sets:
            raise DataError(f"fold {row['fold']!r} is none of 1 to 5", where=where)
        tags = (row["category"],)
        yield _tagged(row["filename"], sets[row["fold"]], root / "audio" / row["filename"], tags)


def fsd50k(root: Path) -> Iterator[Entry]:
    """FSD50K.ground_truth and its two audio folders; the labels are the tags, the broadest included."""
    truth = root / "FSD50K.ground_truth"
    sets = {"train": "train", "val": "dev"}
    for where, row in _rows(truth / "dev.csv", ("fname", "labels", "split")):
        if row["split"] not in sets:
            raise DataError(f"split {row['split']!r} is neither train nor val", where=where)
        path = root / "FSD50K.dev_audio" / f"{row['fname']}.wav"
        yield _tagged(row["fname"], sets[row["split"]], path, tuple(row["labels"].split(",")))
    for _, row in _rows(truth / "eval.csv", ("fname", "labels")):
        path = root / "FSD50K.eval_audio" / f"{row['fname']}.wav"
        yield _tagged(row["fname"], "test", path, tuple(row["labels"].split(",")))


def clotho(root: Path) -> Iterator[Entry]:
    """clotho_captions_SET.csv, clotho_metadata_SET.csv (whose keywords are the tags), and a folder a set."""
    names = {"development": "train", "validation": "dev", "evaluation": "test"}
    for theirs, ours in names.items():
        keywords = {
            row["file_name"]: tuple(row["keywords"].split(";"))
            for _, row in _rows(root / f"clotho_metadata_{theirs}.csv", ("file_name", "keywords"))
        }
        captions = [f"caption_{number}" for number in range(1, 6)]
        table = root / f"clotho_captions_{theirs}.csv"
        for where, row in _rows(table, ("file_name", *captions)):
            name = row["file_name"]
            if name not in keywords:
                raise DataError(f"{name} has no keywords", where=where, mend="see clotho_metadata")
            said = [row[one] for one in captions]
            yield _captioned(name, ours, root / theirs / name, keywords[name], said)


def audiocaps(root: Path) -> Iterator[Entry]:
    """train.csv, val.csv, test.csv, tags.csv (youtube_id, tags separated by commas), and sounds in audio/.

    Of a sound that comes on several lines, each line has a caption.
    """
    tags = {
        row["youtube_id"]: tuple(one.strip() for one in row["tags"].split(","))
        for _, row in _rows(root / "tags.csv", ("youtube_id", "tags"))
    }
    for theirs, ours in {"train": "train", "val": "dev", "test": "test"}.items():
        said: dict[str, list[str]] = {}
        for _, row in _rows(root / f"{theirs}.csv", ("youtube_id", "caption")):
            said.setdefault(row["youtube_id"], []).append(row["caption"])
        for name, captions in said.items():
            path = _sound(root / "audio", name)
            yield _captioned(name, ours, path, tags.get(name, ()), captions)


LAYOUTS: Mapping[str, Callable[[Path], Iterator[Entry]]] = {
    "esc50": esc50,
    "fsd50k": fsd50k,
    "clotho": clotho,
    "audiocaps": audiocaps,
}


def _tagged(name: str, set_name: str, path: Path, tags: tuple[str, ...]) -> Entry:
    """A sound without captions: sentences are made of its first tag, which is the narrowest."""
    spoken = re.sub(r"[_\s]+", " ", tags[0]).lower().strip()
    captions, unseen = (tuple(one.format(spoken) for one in forms) for forms in (TEMPLATES, UNSEEN))
    return Entry(Path(name).stem, set_name, path, tags, captions, unseen)


def _captioned(name: str, set_name: str, path: Path, tags: tuple[str, ...], said: list[str]) -> Entry:
    """A sound that people described; of the test's, the sentences beyond two are those of the second test."""
    sentences = tuple(" ".join(re.findall(r"[\w']+", one.lower())) for one in said)
    known = sentences[:MOST_KNOWN] if set_name == "test" else sentences
    return Entry(Path(name).stem, set_name, path, tags, known, sentences[len(known) :])


def _sound(folder: Path, name: str) -> Path:
    """The file of a name, whatever its kind; the first kind where there is none."""
    paths = [folder / f"{name}{suffix}" for suffix in SOUND_SUFFIXES]
    return next((path for path in paths if path.is_file()), paths[0])


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """(file:line, values) of a table with commas.

    Raises:
        DataError: It is not there, is not UTF-8, or lacks a column.
    """
    if not path.is_file():
        raise DataError("no such table", where=path, mend="name the folder of the collection as root")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"has no column {missing[0]!r}", where=path, mend="take the original table")
            for row in reader:
                where = f"{path}:{reader.line_num}"
                if any(not row[name] for name in columns):
                    raise DataError("a field is empty", where=where, mend="fill it or remove the line")
                yield where, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError("is no table in UTF-8", where=path, mend="take the original table") from error
