"""A front end before a recogniser of the main recipe, as the joint model of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from musasr.errors import ConfigError, StateError
from musasr.recipe.workdir import Workdir

if TYPE_CHECKING:
    from torch import nn

    from musasr.joint import JointModel
    from musasr.recognition.recognizer import Recognizer
    from musasr.text import Units

MEND = "train it: ./run.sh --workdir work/mini --stop_stage 5"


class FrontEnd(NamedTuple):
    """What stands before the recogniser, and the sources that it gives."""

    model: "nn.Module | None"
    sources: tuple[str, ...]


def check_parts(config: Mapping[str, Any]) -> None:
    """See that what comes trained from the main recipe is there and of this run's rate.

    Raises:
        ConfigError: It is of another rate.
        StateError: It is not there.
    """
    for folder in {one for name in config["systems"] for one in models_of(config, name)}:
        _check_trained(folder, config["sampling_rate"])


def build_system(config: Mapping[str, Any], name: str, workdir: Workdir) -> "JointModel":
    """A system of ``systems`` as it is before it is trained.

    Args:
        config: The run's.
        name: Of the system.
        workdir: Where the run's variants are trained.

    Raises:
        ConfigError: The recogniser, or a separator, is none, or works at another rate.
        StateError: One of the parts is not trained.
    """
    from musasr.joint import JointModel

    words = config["words"]
    recognizer = _load(Path(words["recognizer"]), config)
    if recognizer.s2t_model is None:
        what, mend = "has no recogniser", "name one such as work/mini/exp/none+mixture"
        raise ConfigError(what, where=words["recognizer"], mend=mend)
    front = _front_end(config, name, workdir)
    return JointModel(
        front.model, recognizer.s2t_model, alpha=words["alpha"], fine_tune="both", sources=front.sources
    )


def looks(config: Mapping[str, Any], name: str) -> bool:
    """Whether a system's front end is shown faces."""
    variant = config["variants"].get(config["systems"][name]["front_end"])
    return variant is not None and variant["face_encoder"] is not None


def models_of(config: Mapping[str, Any], name: str) -> list[Path]:
    """The folders of the main recipe's models that a system is made of."""
    front = config["systems"][name]["front_end"]
    named = [] if front is None or front in config["variants"] else [front]
    return [Path(one) for one in (config["words"]["recognizer"], *named)]


def units_of(config: Mapping[str, Any]) -> "Units":
    """The recogniser's units.

    Raises:
        StateError: They are not there.
    """
    from musasr.tasks.folder import workdir_of
    from musasr.text import Units

    return Units.load(workdir_of(Path(config["words"]["recognizer"])).units)


def at_work(config: Mapping[str, Any], model: "JointModel") -> "Recognizer":
    """A trained system ready to read, with the search of the recogniser's own recipe."""
    from musasr.recognition.recognizer import build_recognizer
    from musasr.recognizers.espnet_reader import build_espnet_reader
    from musasr.tasks.folder import recipe_of

    decode = recipe_of(Path(config["words"]["recognizer"]))["decode"]
    decode = decode | {"gate": None, "gate_recognizer": None, "add_back_db": None}
    rate = config["sampling_rate"]
    reader = build_espnet_reader(model.s2t_model, units_of(config), decode, sampling_rate=rate)
    return build_recognizer(model, reader, decode, sampling_rate=rate)


def _front_end(config: Mapping[str, Any], name: str, workdir: Workdir) -> FrontEnd:
    from musasr.joint import READ
    from musasr.looking_to_listen.building import load
    from musasr.separators.looking.front_end import FaceFrontEnd

    front = config["systems"][name]["front_end"]
    if front is None:
        return FrontEnd(None, (READ,))
    if front in config["variants"]:
        model, _ = load(workdir.training(front))
        return FrontEnd(FaceFrontEnd(model), (READ,))
    model = _load(Path(front), config)
    if model.enh_model is None:
        what, mend = "has no separator", "name one such as work/mini/exp/time, or a variant"
        raise ConfigError(what, where=front, mend=mend)
    return FrontEnd(model.enh_model, model.sources)


def _check_trained(folder: Path, sampling_rate: int) -> None:
    from musasr.tasks.folder import RECIPE_FILE, WEIGHTS_FILE, recipe_of

    if not all((folder / name).is_file() for name in (RECIPE_FILE, WEIGHTS_FILE)):
        raise StateError("is no trained model of the main recipe", where=folder, mend=MEND)
    rate = recipe_of(folder)["sampling_rate"]
    if rate != sampling_rate:
        what = f"works at {rate} Hz, and this run at {sampling_rate} Hz"
        raise ConfigError(what, where=folder, mend="take models of one sampling_rate")


def _load(folder: Path, config: Mapping[str, Any]) -> "JointModel":
    """A trained model of the main recipe, of this run's rate."""
    from musasr.tasks.checkpoints import load_model

    _check_trained(folder, config["sampling_rate"])
    return load_model(folder)
