"""What a transcription is done with: a separator or none, a reader, and what the reader hears."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musasr.digests import digest_of, digest_of_file, digest_of_tree
from musasr.errors import ConfigError, StateError
from musasr.recipe.packs import is_pack, open_model
from musasr.recipe.systems import NONE, System, find_system
from musasr.recognition.fingerprint import digest_of_model
from musasr.recognition.separation import InBfloat16, Separator
from musasr.recognizers.reader import Reader
from musasr.training.precision import AUTO, MIXED, SINGLE, choose_precision
from musasr.transcribe.by_tag import Listener, ReadersByTag, check_by_tag
from musasr.transcribe.hearing import Hearing, choose_kind, hearings_of

OURS = (
    "batch_seconds",
    "language_seconds",
    "min_confidence",
    "by_tag",
)  # of the section `reading`; the others go to the recogniser


SILERO = "silero"  # what finds speech where no network is named


@dataclass(frozen=True)
class TranscriptionSystem:
    """Parts that are loaded and ready.

    Attributes:
        separator: None: there is none.
        reader: Gives words with times.
        sampling_rate: Of both, Hz.
        hearings: What the reader gets: of several, what it is surest of counts.
        names: What it is made of, for the transcript.
        digest: Of the weights and of what decides the words.
        by_tag: Readers of which a chunk's music chooses; None: there is the one.
    """

    separator: Separator | None
    reader: Reader
    sampling_rate: int
    hearings: tuple[Hearing, ...]
    names: Mapping[str, Any]
    digest: str
    by_tag: ReadersByTag | None = None


def load_system(
    model: Path | str,
    settings: Mapping[str, Any],
    *,
    separator: Path | None = None,
    with_separator: bool = True,
    device: str = "cpu",
    language: str | None = None,
    listener: Listener | None = None,
) -> TranscriptionSystem:
    """A trained system of ours, or a recogniser from elsewhere, with or without a separator in front.

    Args:
        model: exp/<system> of a recipe; or whatever `musasr.recognizers.open_reader` opens.
        settings: All sections of the settings.
        separator: exp/<system> whose separator stands in front; None: the model's own, if it has one.
        with_separator: False leaves even that out.
        device: Where to compute.
        language: Of the speech, for a recogniser that knows several.
        listener: Hears tags, where ``reading.by_tag`` names some.

    Raises:
        ConfigError: There is no such model, it has no recogniser, ``input`` asks for what it has not, or
            ``reading.by_tag`` for what nobody hears.
        StateError: It is not trained.
    """
    ours = is_ours(model)
    reading = settings["reading"]
    check_by_tag(reading["by_tag"], listener, is_ours=ours)
    own = _load_ours(Path(model), device, reading) if ours else None
    front = own if separator is None else _load_ours(separator, device, reading)
    if not with_separator or front is None or front.model.enh_model is None:
        if separator is not None:
            mend = "name exp/time, exp/frequency or a joint system"
            raise ConfigError("has no separator", where=separator, mend=mend)
        front = None
    rate = front.sampling_rate if front else (own.sampling_rate if own else 16_000)
    reader = own.reader if ours else _open_foreign(model, rate, device, language, reading)
    if own is not None and reader is None:
        mend = "name a system with one, such as exp/time+mixture:both"
        raise ConfigError("has no recogniser", where=own.directory, mend=mend)
    kind = choose_kind(
        settings["input"]["kind"],
        has_separator=front is not None,
        is_ours=ours,
        is_fine_tuned=own is not None and own.is_fine_tuned and front is own,
    )
    segmenter = settings["segments"]["segmenter"]
    names = {
        "model": str(model),
        "separator": str(front.directory) if front else None,
        "input": kind,
        "segmenter": Path(segmenter).name if segmenter else SILERO,
    }
    weights = [one.digest for one in (own, front) if one is not None]
    weights += [] if ours else [_digest_of_foreign(model)]
    by_tag = ReadersByTag(listener, own.readers) if reading["by_tag"] else None
    weights += [listener.digest] if by_tag else []
    weights += [digest_of_file(Path(segmenter))] if segmenter else []
    return TranscriptionSystem(
        separator=_in_precision(front, settings["input"]["precision"], device) if front else None,
        reader=reader,
        sampling_rate=rate,
        hearings=hearings_of(kind, settings["input"], sampling_rate=rate),
        names=names,
        digest=digest_of({"weights": weights, "heard": kind, "language": language}),
        by_tag=by_tag,
    )


def is_ours(model: Path | str) -> bool:
    """Whether a model is a folder that a recipe of ours trained, or one that is packed as a file."""
    from musasr.tasks.folder import RECIPE_FILE

    return (Path(model) / RECIPE_FILE).is_file() or (Path(model).is_file() and is_pack(model))


@dataclass(frozen=True)
class _Ours:
    directory: Path
    model: Any
    reader: Reader | None
    sampling_rate: int
    is_fine_tuned: bool
    precision: str  # of the separator's training
    digest: str
    readers: Mapping[str, Reader]  # by the labels of reading.by_tag


def _load_ours(path: Path, device: str, reading: Mapping[str, Any]) -> _Ours:
    """A system of ours: a training's folder, or a pack."""
    if not is_ours(path):
        raise ConfigError("is no trained system", where=path, mend="name such as work/mini/exp/time")
    with open_model(path) as directory:
        return replace(_load_folder(directory, device, reading), directory=path)


def _load_folder(directory: Path, device: str, reading: Mapping[str, Any]) -> _Ours:
    """A system of ours in a folder. (What it imports takes seconds.)"""
    from musasr.recognizers.espnet_reader import build_espnet_reader
    from musasr.tasks.checkpoints import load_model
    from musasr.tasks.folder import recipe_of, workdir_of
    from musasr.text import Units

    recipe, model = recipe_of(directory), load_model(directory).to(device).eval()
    reader, readers, rate = None, {}, recipe["sampling_rate"]
    if model.s2t_model is not None:
        units = Units.load(workdir_of(directory).units)
        decode = recipe["decode"] | _given(reading)
        options = {"sampling_rate": rate, "device": device, "word_times": True}
        reader = build_espnet_reader(model.s2t_model, units, decode, **options)
        readers = {
            label: build_espnet_reader(model.s2t_model, units, decode | changes, **options)
            for label, changes in (reading["by_tag"] or {}).items()
        }
    digest = digest_of_model(directory)
    system = _system_of(directory, recipe)
    precision = recipe["training"].get(system.front_end, {}).get("precision", SINGLE)
    return _Ours(directory, model, reader, rate, system.is_fine_tuned, precision, digest, readers)


def _system_of(directory: Path, recipe: Mapping[str, Any]) -> System:
    """The system of a folder; none, not fine-tuned, where the folder has another name."""
    name = directory.name
    try:
        return find_system(f"{name}+{NONE}" if name in recipe["models"] else name, recipe, where="model")
    except ConfigError:
        return System(NONE, NONE)


def _in_precision(front: _Ours, asked: str | None, device: str) -> Separator:
    """The separator, in the arithmetic that is asked for; else in half precision if it was trained so."""
    trained = SINGLE if front.precision == SINGLE else AUTO  # where it was, another machine may not have it
    precision = choose_precision(asked or trained, on_gpu=device != "cpu", where="input.precision")
    return InBfloat16(front.model) if precision == MIXED else front.model


def _open_foreign(
    model: Path | str, rate: int, device: str, language: str | None, reading: Mapping[str, Any]
) -> Reader:
    from musasr.recognizers.open_reader import open_reader

    options = {"language": language, "settings": _given(reading)}
    return open_reader(str(model), sampling_rate=rate, device=device, **options)


def _given(reading: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are a recogniser's own: what is null is as it comes."""
    return {key: value for key, value in reading.items() if key not in OURS and value is not None}


def _digest_of_foreign(model: Path | str) -> str:
    """Of a model's files; of its name, where it has none here."""
    path = Path(model)
    if path.is_file():
        return digest_of_tree(path)
    return digest_of({"name": str(model)} | ({"files": digest_of_tree(path)} if path.is_dir() else {}))


def find_best_system(root: Path) -> Path:
    """The system with the fewest word errors of all results below a folder.

    Raises:
        StateError: No system with a recogniser is trained there.
    """
    found = []
    for path in sorted(root.glob("*/results/results.json")):
        try:
            systems = json.loads(path.read_text(encoding="utf-8"))["systems"]
        except (ValueError, KeyError, OSError):
            continue
        for entry in systems:
            rates = [one["wer"] for one in entry["results"] if one.get("wer") is not None]
            system = System(entry["front_end"], entry["back_end"], entry["fine_tune"])
            folder = path.parents[1] / "exp" / system.name
            if rates and is_ours(folder):
                found.append((sum(rates) / len(rates), folder))
    if not found:
        mend = "train one with ./run.sh, or name a recogniser with --model"
        raise StateError("no trained system is here", where=root, mend=mend)
    return min(found)[1]
