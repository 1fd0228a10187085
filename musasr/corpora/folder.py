"""The user's own folders of music, in any format and rate, as music dirs."""

import functools
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from musasr import audio, kaldi
from musasr.corpora.inventory import Skipped
from musasr.errors import DataError, MusasrError

GENRE = "anime"
"""Genre of training music and of test pieces that lie in no sub-folder."""

DEV_SHARE = 0.1
"""Part of the training titles that is held out where no dev folder is given: at least one."""

SILENCE = 10 ** (-70 / 20)
"""A piece whose loudest sample lies below -70 dBFS is silent."""

SIDE_FILES = re.compile(
    r"\.(txt|md|json|csv|cue|m3u8?|log|nfo|pdf|jpe?g|png|gif|ini|db|lrc|xml|ya?ml)$", re.IGNORECASE
)
"""What lies beside music in most collections and is not meant to be audio."""


@dataclass(frozen=True)
class Found:
    """A file of the user's: where it is, what it is called in our set, and its content."""

    path: Path
    recording_id: str
    genre: str
    content: str


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train: str,
    dev: str | None,
    test: str,
) -> list[Skipped]:
    """Convert the user's music to mono wav files and music dirs train, dev and test under `output`.

    The first sub-folder of a test piece names its genre; pieces directly in the test folder are "anime".

    Args:
        output: Folder of the music dirs.
        sampling_rate: Hz of the converted files.
        seed: Not used: nothing is drawn.
        num_jobs: Worker processes.
        train: Folder searched for training titles, with its sub-folders.
        dev: The same for validation; None holds out a tenth of the training titles, chosen by their content.
        test: The same for the test.

    Returns:
        Files that could not be used: unreadable, silent, or the same content as another of their set.

    Raises:
        DataError: A folder is missing or holds nothing usable, or a title lies on two sides.
    """
    found = {"train": _find("train", train, num_jobs), "test": _find("test", test, num_jobs)}
    if dev is None:
        found["dev"] = []
    else:
        found["dev"] = _find("dev", dev, num_jobs)
    unique, skipped = {}, []
    for name, files in found.items():
        unique[name], repeated = _without_repeats(files)
        skipped += repeated
    _check_sides(unique)
    if dev is None:
        unique["train"], unique["dev"] = _hold_out(unique["train"], Path(train))
    for name in ("train", "dev", "test"):
        directory = Path(output).resolve() / name
        pieces, left_out = _convert_all(
            unique[name], directory / "wav", sampling_rate, num_jobs, label=f"music {name}"
        )
        skipped += left_out
        if not pieces:
            raise DataError("no usable music", where=_origin(name, train, dev, test), mend=_reasons(left_out))
        kaldi.write_music_dir(directory, pieces)
    return skipped


def _find(set_name: str, folder: str, num_jobs: int) -> list[Found]:
    """The files below a folder in order of their names, hidden and side files left out."""
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise DataError("no such folder", where=root, mend=f"set music.{set_name} to a folder of music")
    paths = sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and not SIDE_FILES.search(path.name)
    )
    if not paths:
        raise DataError("the folder holds no music", where=root, mend="put audio files into it")
    contents = _run(_digest, paths, num_jobs, label=f"read {set_name}")
    return [
        Found(
            path,
            _recording_id(path.relative_to(root), content),
            _genre(path.relative_to(root), set_name),
            content,
        )
        for path, content in zip(paths, contents, strict=True)
    ]


def _recording_id(relative: Path, content: str) -> str:
    """A name that Kaldi takes: letters, digits and marks of the path, made unique by the content."""
    stem = re.sub(r"[^\w.-]+", "-", relative.with_suffix("").as_posix().replace("/", "_")).strip("-")
    return f"{stem}-{content[:8]}"


def _genre(relative: Path, set_name: str) -> str:
    if set_name != "test" or len(relative.parts) == 1:
        return GENRE
    return re.sub(r"\s+", "-", relative.parts[0].strip().lower())


def _digest(path: Path) -> str:
    """SHA-256 of the file, so that a copy under another name is recognised."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _without_repeats(files: Iterable[Found]) -> tuple[list[Found], list[Skipped]]:
    first: dict[str, Found] = {}
    repeated = []
    for file in files:
        if file.content in first:
            repeated.append(Skipped(os.fspath(file.path), f"same content as {first[file.content].path}"))
        else:
            first[file.content] = file
    return list(first.values()), repeated


def _check_sides(sets: dict[str, list[Found]]) -> None:
    """No title may be trained on and tested on, nor validated on."""
    seen: dict[str, tuple[str, Found]] = {}
    for name, files in sets.items():
        for file in files:
            other = seen.setdefault(file.content, (name, file))
            if other[0] != name:
                raise DataError(
                    f"the same content as {other[1].path} of {other[0]}",
                    where=f"{file.path} of {name}",
                    mend="keep it on one side",
                )


def _hold_out(files: Sequence[Found], folder: Path) -> tuple[list[Found], list[Found]]:
    """(train, dev): the titles with the smallest hashes are held out, whatever their names or order."""
    if len(files) < 2:
        raise DataError(
            "one title cannot serve train and dev", where=folder, mend="add titles or name music.dev"
        )
    number = max(1, round(DEV_SHARE * len(files)))
    held = {file.content for file in sorted(files, key=lambda file: file.content)[:number]}
    return [f for f in files if f.content not in held], [f for f in files if f.content in held]


def _convert_all(
    files: Sequence[Found], folder: Path, sampling_rate: int, num_jobs: int, *, label: str
) -> tuple[list[kaldi.Piece], list[Skipped]]:
    folder.mkdir(parents=True, exist_ok=True)
    convert = functools.partial(_convert, folder=folder, sampling_rate=sampling_rate)
    results = _run(convert, files, num_jobs, label=label)
    pieces = [result for result in results if isinstance(result, kaldi.Piece)]
    return pieces, [result for result in results if isinstance(result, Skipped)]


def _convert(file: Found, *, folder: Path, sampling_rate: int) -> kaldi.Piece | Skipped:
    """One file as mono wav; what an interrupted run left is kept, since its name holds content and rate."""
    path = folder / f"{file.recording_id}-{sampling_rate}.wav"
    if not path.exists():
        try:
            samples, _ = audio.read(file.path, sampling_rate=sampling_rate)
        except MusasrError as error:
            return Skipped(os.fspath(file.path), str(error))
        peak = float(np.max(np.abs(samples), initial=0.0))
        if peak < SILENCE:
            return Skipped(os.fspath(file.path), "silent throughout")
        # Resampling may overshoot full scale a little; the mixer sets the level anyway.
        audio.write(path, samples / max(1.0, peak), sampling_rate)
    return kaldi.Piece(file.recording_id, path, audio.info(path).duration, file.genre)


def _run(function, items: Sequence, num_jobs: int, *, label: str) -> list:
    """The results in order, with progress; in this process if one job is asked for."""
    if num_jobs <= 1:
        return [function(item) for item in tqdm(items, desc=label, unit="file")]
    # A forked child would inherit the locks of whatever threads the caller runs.
    with ProcessPoolExecutor(num_jobs, mp_context=get_context("spawn")) as pool:
        return list(tqdm(pool.map(function, items), total=len(items), desc=label, unit="file"))


def _origin(name: str, train: str, dev: str | None, test: str) -> str:
    return {"train": train, "dev": dev or train, "test": test}[name]


def _reasons(skipped: Sequence[Skipped]) -> str:
    return (
        f"{len(skipped)} files could not be used, the first: {skipped[0].reason}" if skipped else "add titles"
    )
