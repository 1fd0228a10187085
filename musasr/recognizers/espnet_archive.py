"""The files of an ESPnet recogniser: in a folder, in an unpacked archive, or in a packed zip."""

import shutil
import stat
import tempfile
import weakref
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from musasr.errors import StateError, names_file

CONFIG_FILE, META_FILE = "config.yaml", "meta.yaml"
CONFIG_KEY, WEIGHTS_KEY = "asr_train_config", "asr_model_file"  # in meta.yaml, as ESPnet's pack writes it
MAX_BYTES = 16 * 2**30  # of a zip's files together
MAX_RATIO = 200  # of a file's size to its size in the zip: weights hardly shrink, a bomb does
MAX_TEXT_BYTES = 64 * 2**20  # of a YAML file
# Weights in a folder without meta.yaml, the best first: averaged over the best epochs, the best, the only.
WEIGHT_PATTERNS = ("*.ave.pth", "*.ave_*best.pth", "model.pth", "*.best.pth", "latest.pth", "*.pth")
NO_WEIGHTS = ("checkpoint.pth", "checkpoint_*.pth")  # optimiser and all
MEND = "fetch it again, whole"


@dataclass(frozen=True)
class EspnetFiles:
    """Where the parts of a model are.

    Attributes:
        config: Its config.yaml.
        weights: Its .pth.
        roots: Folders that paths in the configuration may be relative to.
        version: Of the ESPnet that packed it, if it says so.
        name: What the user named, for the messages.
    """

    config: Path
    weights: Path
    roots: tuple[Path, ...]
    version: str | None
    name: str

    def settings(self) -> dict[str, Any]:
        """The configuration, read as plain YAML, with every path that is a file below the roots resolved.

        Raises:
            StateError: It is no YAML of keys and values.
        """
        return self._resolved(read_yaml(self.config))

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._resolved(one) for key, one in value.items()}
        if isinstance(value, str) and "." in value and "\n" not in value:
            return str(self._find(value) or value)
        return value

    def _find(self, name: str) -> Path | None:
        """The file of a relative path, below one of the roots."""
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            return None
        return next((root / name for root in self.roots if (root / name).is_file()), None)


def files_of(path: Path) -> EspnetFiles:
    """The files of a model's folder or zip.

    Raises:
        StateError: It lacks one, or is no zip of ESPnet's.
    """
    return _files_of_zip(path) if path.is_file() else files_of_folder(path)


def files_of_folder(folder: Path, *, name: str | None = None) -> EspnetFiles:
    """The files of a folder: with meta.yaml as ESPnet unpacks it, or with config.yaml and weights beside it.

    Raises:
        StateError: It lacks one.
    """
    name = name or str(folder)
    if (folder / META_FILE).is_file():
        return _files_of_meta(folder, name)
    weights = _weights_in(folder)
    for part, file in ((CONFIG_FILE, folder / CONFIG_FILE), ("weights (.pth)", weights)):
        if file is None or not file.is_file():
            raise StateError(f"has no {part}", where=name, mend=MEND)
    # A recipe writes paths relative to its own folder, two above exp/NAME.
    return EspnetFiles(folder / CONFIG_FILE, weights, (folder, *folder.resolve().parents[:2]), None, name)


def read_yaml(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file; no tag of it builds an object.

    Raises:
        StateError: It is something else.
    """
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise ValueError("too long for settings")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise StateError(f"is not plain YAML ({reason})", where=path, mend=MEND) from error
    if not isinstance(content, dict):
        raise StateError("holds no 'key: value' lines", where=path, mend=MEND)
    return content


def _files_of_meta(folder: Path, name: str) -> EspnetFiles:
    meta = read_yaml(folder / META_FILE)
    named = {}
    for section, key in (("yaml_files", CONFIG_KEY), ("files", WEIGHTS_KEY)):
        value = meta.get(section, {}).get(key) if isinstance(meta.get(section), Mapping) else None
        if not isinstance(value, str):
            mend = "name a pack of ESPnet's task asr"
            raise StateError(f"{META_FILE} names no {key}", where=name, mend=mend)
        path = (folder / value).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise StateError(f"{META_FILE} names {value}, outside of it", where=name, mend=MEND)
        if not path.is_file():
            raise StateError(f"has no {value}, which {META_FILE} names", where=name, mend=MEND)
        named[key] = path
    version = meta.get("espnet")
    return EspnetFiles(
        named[CONFIG_KEY],
        named[WEIGHTS_KEY],
        (folder.resolve(),),
        None if version is None else str(version),
        name,
    )


def _weights_in(folder: Path) -> Path | None:
    """The best weights of a folder; the last by name where several fit."""
    for pattern in WEIGHT_PATTERNS:
        found = sorted(
            path for path in folder.glob(pattern) if not any(path.match(other) for other in NO_WEIGHTS)
        )
        if found:
            return found[-1]
    return None


def _files_of_zip(path: Path) -> EspnetFiles:
    folder = Path(tempfile.mkdtemp(prefix="musasr-espnet-"))
    try:
        _unpack(path, folder)
        if not (folder / META_FILE).is_file():
            raise StateError(
                f"holds no {META_FILE}", where=path, mend="name a zip that espnet2.bin.pack made"
            )
        files = files_of_folder(folder, name=str(path))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(files, shutil.rmtree, folder, ignore_errors=True)  # the files live as long as this
    return files


def _unpack(path: Path, folder: Path) -> None:
    """Write a zip's members into an empty folder, once all of them are known to be harmless."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check(members, path)
            for member in members:
                with names_file(folder / member.filename):
                    archive.extract(member, folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:  # also: a password
        raise StateError(f"is no readable zip ({error})", where=path, mend=MEND) from error


def _check(members: list[zipfile.ZipInfo], path: Path) -> None:
    """Refuse members that would be written elsewhere, links, and what swells beyond reason."""
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
            raise StateError(f"has a member outside of it ({member.filename!r})", where=path, mend=MEND)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise StateError(f"has a link in it ({member.filename!r})", where=path, mend=MEND)
        if member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise StateError(f"swells beyond reason ({member.filename!r})", where=path, mend=MEND)
    total = sum(member.file_size for member in members)
    if total > MAX_BYTES:
        what = f"holds {total / 2**30:.0f} GiB, more than {MAX_BYTES / 2**30:.0f}"
        raise StateError(what, where=path, mend="unpack it yourself, and name the folder")
