"""What the stages do for the systems that read: they are trained, the test clips read, the errors counted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.errors import StateError
from musasr.looking_to_listen.keys import SETS
from musasr.looking_to_listen.words.systems import check_parts, looks, models_of
from musasr.recipe import done_marks
from musasr.recipe.system_run import SystemRun

if TYPE_CHECKING:
    from musasr.joint import JointModel

FOLDER, SPOKEN = "words", "spoken.json"
TRAINED = (
    "voice_db",
    "music_db",
    "alpha",
    "training",
)  # keys of the section that a trained system depends on
AGAIN = "run musasr evaluate looking_to_listen"


def has_words(config: Mapping[str, Any]) -> bool:
    """Whether anything is read."""
    return config["words"]["recognizer"] is not None


def check(config: Mapping[str, Any]) -> None:
    """See that what comes trained from the main recipe is there.

    Raises:
        ConfigError: It works at another rate.
        StateError: It is not there.
    """
    if has_words(config):
        check_parts(config)


def check_texts(run: SystemRun) -> None:
    """See that the clips can be read, before hours are spent on what comes before.

    Raises:
        DataError: A set has a clip without a text, or one speaker alone.
    """
    for name in SETS if has_words(run.config) else ():
        _scenes(run, name)


def train(run: SystemRun, front_settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Train each system that is to be, and is not yet.

    Args:
        run: The run.
        front_settings: Of each variant, what it was made with.

    Raises:
        ConfigError: A part is none, or works at another rate.
        DataError: The clips have no texts.
        StateError: A part is not trained.
    """
    wanted = {
        name: _made_of(run.config, name, front_settings)
        for name, settings in run.config["systems"].items()
        if settings["is_tuned"]
    }
    for name, made_of in wanted.items():
        folder = folder_of(run, name)
        if done_marks.is_done(folder, made_of):
            print(f"{folder}: already done")
            continue
        done_marks.begin(folder, made_of, has_state=folder.is_dir())
        _train(run, name, folder)
        done_marks.mark_done(folder, made_of)


def _train(run: SystemRun, name: str, folder: Path) -> None:
    from musasr.classification.engine import train_network  # takes seconds
    from musasr.looking_to_listen.words.items import SpokenItems
    from musasr.looking_to_listen.words.systems import build_system, units_of

    words = run.config["words"]
    items = SpokenItems(
        {one: _scenes(run, one) for one in SETS[:2]},
        units_of(run.config),
        voice_db=words["voice_db"],
        music_db=words["music_db"],
        has_faces=looks(run.config, name),
    )
    train_network(
        build_system(run.config, name, run.workdir),
        items,
        training=words["training"],
        config={**run.config, "words_system": name},
        directory=folder,
        name=name,
        seed=run.config["seed"],
        num_workers=words["training"]["num_workers"],
        threads=run.asked.nj,
        on_gpu=run.asked.ngpu > 0,
    )


def evaluate(run: SystemRun, front_settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what each system reads of every test clip under each condition.

    Raises:
        StateError: A system is not trained.
    """
    for name in run.config["systems"]:
        folder = folder_of(run, name) / "test"
        made_of = _made_of(run.config, name, front_settings)
        made_of |= {"conditions": run.config["words"]["conditions"]}
        if done_marks.is_done(folder, made_of):
            print(f"{folder}: already done")
            continue
        from musasr.looking_to_listen.words.evaluation import read_clips  # takes seconds

        read_clips(_trained(run, name), _scenes(run, SETS[2]), run.config, name, path=folder / SPOKEN)
        done_marks.mark_done(folder, made_of)


def report(run: SystemRun) -> dict[str, Any]:
    """The errors of every system under each condition, and which differences are none by chance.

    Raises:
        StateError: A system is not evaluated.
    """
    from musasr.looking_to_listen.words.results import collect

    rows = {}
    for name in run.config["systems"]:
        path = folder_of(run, name) / "test" / SPOKEN
        if not path.is_file():
            raise StateError("is not evaluated", where=path.parent, mend=AGAIN)
        rows[name] = json.loads(path.read_text(encoding="utf-8"))
    return collect(rows, seed=run.config["seed"])


def folder_of(run: SystemRun, name: str) -> Path:
    """Where a system stands."""
    return run.workdir.root / FOLDER / name


def _scenes(run: SystemRun, set_name: str) -> Any:
    """A set's scenes.

    Raises:
        DataError: A clip has no text.
    """
    from musasr.looking_to_listen.corpus import scenes_of

    return scenes_of(run.config, run.workdir.data, set_name)


def _made_of(
    config: Mapping[str, Any], name: str, front_settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """All that a system depends on: what its front end does too, and the content of what came trained."""
    from musasr.recognition.fingerprint import digest_of_model

    words, settings = config["words"], config["systems"][name]
    variant = front_settings.get(settings["front_end"])
    return {
        "system": settings,
        "words": {key: words[key] for key in TRAINED} if settings["is_tuned"] else {},
        "corpus": {key: config[key] for key in ("seed", "sampling_rate", "pictures_per_second", "corpus")},
        "front_end": dict(variant) if variant else None,
        done_marks.CONTENTS: {
            str(one): digest_of_model(one) for one in models_of(config, name) if one.is_dir()
        },
    }


def _trained(run: SystemRun, name: str) -> "JointModel":
    """A system as it was trained, or as its parts came.

    Raises:
        StateError: It is not trained.
    """
    from musasr.classification.folder import load_weights
    from musasr.looking_to_listen.words.systems import build_system

    model = build_system(run.config, name, run.workdir)
    if run.config["systems"][name]["is_tuned"]:
        load_weights(folder_of(run, name), model)
    return model.eval()
