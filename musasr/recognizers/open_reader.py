"""Any recogniser by its name or path: what it is, and its reader."""

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from musasr.errors import StateError, unknown_key
from musasr.recognizers.reader import Reader
from musasr.recognizers.resampling import Resampled

HUB = "whisper:"  # before a name on the hub, such as whisper:base
SYSTEM_FILES = ("recipe.yaml", "config.yaml")  # of a training of ours: the former is nobody else's
GIVEN = ("model", "sampling_rate", "device", "language")  # to a reader, besides its settings
KINDS = "a folder or zip of ESPnet, a folder of Whisper (faster-whisper's or transformers'), or whisper:NAME"

Opener = Callable[[Path], Reader]


def open_reader(
    name: str | Path,
    *,
    sampling_rate: int,
    device: str = "cpu",
    language: str | None = None,
    settings: Mapping[str, Any] | None = None,
    open_system: Opener | None = None,
) -> Reader:
    """The reader of a recogniser that comes trained, with word times unless ``settings`` says otherwise.

    Args:
        name: A folder or packed zip of ESPnet, a folder of Whisper in faster-whisper's or in transformers'
            form, or ``whisper:NAME`` for one of faster-whisper's names on the hub.
        sampling_rate: Of the waveforms that it will get, Hz.
        device: Where to compute.
        language: Of a reader that knows several; None: it finds out.
        settings: Arguments of the readers by name, such as ``beam_size``. One that the reader at hand does
            not have is not used: the same settings serve all.
        open_system: Opens a training of ours, ``exp/<system>``; None: such a folder is refused.

    Raises:
        ConfigError: A setting is unknown to all readers, or wrong; a package is not installed.
        StateError: There is nothing, or it is no recogniser, not whole, unsafe, or of another version.
    """
    settings = dict(settings or {})
    _check_known(settings)
    path = _path_of(str(name))
    options = {"device": device, "language": language, "settings": settings}
    if open_system is not None and _is_system(path):
        return open_system(path)
    reader = _opener_of(path)(path, **options, sampling_rate=sampling_rate)
    return reader if reader.sampling_rate == sampling_rate else Resampled(reader, sampling_rate=sampling_rate)


def _path_of(name: str) -> Path:
    """Where the recogniser is; one of the hub is fetched."""
    if name.startswith(HUB):
        inside = name.removeprefix(HUB)
        if Path(inside).exists() and inside:
            return Path(inside)
        from musasr.recognizers.faster_whisper_reader import fetch

        return fetch(inside)
    path = Path(name)
    if not path.exists():
        raise StateError("there is no such recogniser", where=name, mend=f"name {KINDS}")
    return path


def _opener_of(path: Path) -> Callable[..., Reader]:
    """What opens a path, by the files that are there."""
    if path.is_file():
        if path.suffix == ".zip":
            return _open_espnet
        mend = "name its folder" if (path.parent / "config.yaml").is_file() else f"name {KINDS}"
        raise StateError("is a file, and no recogniser", where=path, mend=mend)
    if _is_system(path):
        mend = "name it where a whole system is asked for, or musasr export recognizer first"
        raise StateError("is a training of musasr", where=path, mend=mend)
    if (path / "meta.yaml").is_file() or (path / "config.yaml").is_file():
        return _open_espnet
    if (path / "config.json").is_file():
        return _opener_of_json(path)
    if (path / "model.bin").is_file():  # without its settings: its reader says what is missing
        return _open_faster
    raise StateError("is no recogniser's folder", where=path, mend=f"name {KINDS}")


def _opener_of_json(path: Path) -> Callable[..., Reader]:
    """What opens a folder with config.json: the settings of transformers name the kind of their model."""
    try:
        kind = json.loads((path / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (ValueError, AttributeError, RecursionError) as error:
        where, mend = path / "config.json", "fetch the model's folder again, whole"
        raise StateError("is no JSON of settings", where=where, mend=mend) from error
    if kind is None:
        return _open_faster
    if kind != "whisper":
        raise StateError(
            f"is a model of type {kind!r}", where=path, mend="of transformers' kinds, take whisper"
        )
    return _open_transformers


def _is_system(path: Path) -> bool:
    return all((path / name).is_file() for name in SYSTEM_FILES)


def _open_espnet(
    path: Path, *, sampling_rate: int, device: str, language: str | None, settings: Mapping[str, Any]
) -> Reader:
    """An ESPnet model at its own rate; it reads the one language that it was trained on."""
    from musasr.recognizers.espnet_archive import files_of
    from musasr.recognizers.espnet_folder import read_folder, search_settings
    from musasr.recognizers.espnet_search import SearchSettings

    own = {key: value for key, value in settings.items() if key in _arguments(SearchSettings)}
    more = {key: settings[key] for key in ("word_times",) if key in settings}
    return read_folder(files_of(path), device=device, search=search_settings(own), **more)


def _open_whisper(
    path: Path,
    kind: Callable[..., Reader],
    *,
    sampling_rate: int,
    device: str,
    language: str | None,
    settings: Mapping[str, Any],
) -> Reader:
    own = {key: value for key, value in settings.items() if key in _arguments(kind)}
    return kind(path, sampling_rate=sampling_rate, device=device, language=language, **own)


def _open_faster(path: Path, **options: Any) -> Reader:
    from musasr.recognizers.faster_whisper_reader import FasterWhisperReader

    return _open_whisper(path, FasterWhisperReader, **options)


def _open_transformers(path: Path, **options: Any) -> Reader:
    from musasr.recognizers.transformers_whisper_reader import TransformersWhisperReader

    return _open_whisper(path, TransformersWhisperReader, **options)


def _check_known(settings: Mapping[str, Any]) -> None:
    """Refuse a setting that no reader has."""
    from musasr.recognizers.espnet_search import SearchSettings
    from musasr.recognizers.faster_whisper_reader import FasterWhisperReader
    from musasr.recognizers.transformers_whisper_reader import TransformersWhisperReader

    kinds = (SearchSettings, FasterWhisperReader, TransformersWhisperReader)
    known = {name for kind in kinds for name in _arguments(kind)}
    for key in settings:
        if key not in known:
            raise unknown_key(key, known, where="recogniser")


def _arguments(kind: Callable[..., object]) -> list[str]:
    """The settings that a reader takes."""
    return [name for name in inspect.signature(kind).parameters if name not in GIVEN]
