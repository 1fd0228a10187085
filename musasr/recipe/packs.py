"""A trained model as one file: what is in it, and how it is checked before anything of it is used.

A pack is a zip of a training's configuration and weights, its units, results and a page about it, with a
list of their checksums. Who wants to use one, or a training's folder, asks `open_model` for a folder.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from musasr.errors import ConfigError, StateError, names_file
from musasr.names import check_name

FORMAT = "musasr-pack-1"
LIST = "pack.json"
# What a pack may hold -> where it lies when it is opened: as in a working directory.
PLACES = {
    "README.md": "README.md",
    "results.json": "results.json",
    "model/config.yaml": "exp/{name}/config.yaml",
    "model/recipe.yaml": "exp/{name}/recipe.yaml",
    "model/model.pth": "exp/{name}/model.pth",
    "units/tokens.txt": "data/units/tokens.txt",
    "units/bpe.model": "data/units/bpe.model",
}
NEEDED = {name for name in PLACES if name.startswith("model/")}
MOST_BYTES = 16 << 30  # of all files together
MOST_LIST_BYTES = 1 << 20
BLOCK = 1 << 20
FETCH_AGAIN = "fetch it again, whole, from where it was published"


class Listed(NamedTuple):
    """What a pack's list says of a file."""

    size: int
    sha256: str


@contextmanager
def open_model(path: str | Path) -> Iterator[Path]:
    """Yield the folder of a model: a training's own, or that of a pack, checked, as long as the block runs.

    What a pack's folder needs beside it, its units, lies where a working directory has it.

    Raises:
        ConfigError: There is no such folder or file.
        StateError: The file is no pack, or holds something else than what was packed.
    """
    path = Path(path)
    if path.is_dir():
        yield path
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="musasr-model-") as folder:
            yield _unpack(path, Path(folder))
    else:
        raise ConfigError("no such model", where=path, mend="name a training's folder, or a packed model")


def is_pack(path: str | Path) -> bool:
    """Whether a file says that it is a pack of ours; it is not checked yet."""
    try:
        with zipfile.ZipFile(path) as archive:
            return LIST in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def write_pack(path: Path, files: Mapping[str, bytes | Path], *, name: str) -> None:
    """Write a pack: the same files give the same bytes.

    Args:
        path: The file; whoever calls sees to it that it is whole or absent.
        files: Of the names of `PLACES`, their content, or the file that has it.
        name: Of the model, such as ``time+mixture:both``.
    """
    listed = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, content in files.items():
            listed[member] = _add(archive, member, content)
        text = {"format": FORMAT, "name": name, "files": {key: one._asdict() for key, one in listed.items()}}
        archive.writestr(zipfile.ZipInfo(LIST), json.dumps(text, indent=2, ensure_ascii=False))


def _add(archive: zipfile.ZipFile, member: str, content: bytes | Path) -> Listed:
    data = content if isinstance(content, bytes) else content.read_bytes()
    archive.writestr(zipfile.ZipInfo(member), data)  # without a time
    return Listed(len(data), hashlib.sha256(data).hexdigest())


def _unpack(path: Path, folder: Path) -> Path:
    """Write a pack's files into a folder, each checked, and return that of the model."""
    try:
        with zipfile.ZipFile(path) as archive:
            name, listed = _read_list(archive, path)
            for member, one in listed.items():
                target = folder / PLACES[member].format(name=name)
                target.parent.mkdir(parents=True, exist_ok=True)
                _extract(archive, member, one, target, path)
    # What zipfile says of what is no zip, or an encrypted or damaged one.
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StateError(f"is no whole packed model ({reason})", where=path, mend=FETCH_AGAIN) from error
    return folder / Path(PLACES["model/model.pth"].format(name=name)).parent


def _read_list(archive: zipfile.ZipFile, path: Path) -> tuple[str, dict[str, Listed]]:
    """The model's name, and what the list says of each file; the archive holds these files and no others."""
    members = archive.namelist()
    if LIST not in members or archive.getinfo(LIST).file_size > MOST_LIST_BYTES:
        what = f"is no packed model: it has no {LIST}"
        raise StateError(what, where=path, mend="name one that musasr pack made, or a training's folder")
    content = json.loads(archive.read(LIST))
    name, listed = _parse_list(content, path)
    if sorted(members) != sorted([*listed, LIST]):
        extra = sorted(set(members) - {*listed, LIST}) or sorted({*listed} - set(members)) or ["a file twice"]
        raise StateError(f"holds other files than its list says ({extra[0]!r})", where=path, mend=FETCH_AGAIN)
    return name, listed


def _parse_list(content: Any, path: Path) -> tuple[str, dict[str, Listed]]:
    try:
        known, name, files = content["format"], content["name"], content["files"]
        listed = {key: Listed(int(one["size"]), str(one["sha256"])) for key, one in files.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise StateError(f"its {LIST} is broken", where=path, mend=FETCH_AGAIN) from error
    if known != FORMAT:
        raise StateError(f"is of the form {known!r}", where=path, mend=f"this musasr reads {FORMAT}")
    check_name(name, "name of the model", where=path, error=StateError)
    strange = sorted(set(listed) - set(PLACES)) or sorted(NEEDED - set(listed))
    if strange:
        what = "has no business there" if strange[0] in listed else "is missing"
        raise StateError(f"{strange[0]!r} {what}", where=path, mend=FETCH_AGAIN)
    if not 0 <= sum(one.size for one in listed.values()) <= MOST_BYTES:
        raise StateError(f"would be larger than {MOST_BYTES >> 30} GiB", where=path, mend=FETCH_AGAIN)
    return name, listed


def _extract(archive: zipfile.ZipFile, member: str, listed: Listed, target: Path, path: Path) -> None:
    """Write one file, and see that it is the one that was packed; never more bytes than its list says."""
    digest, left = hashlib.sha256(), listed.size
    with names_file(target), archive.open(member) as source, target.open("wb") as file:
        while block := source.read(min(BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            file.write(block)
    if left != 0 or digest.hexdigest() != listed.sha256:
        what = f"{member} is not what was packed: its checksum differs"
        raise StateError(what, where=path, mend=FETCH_AGAIN)
