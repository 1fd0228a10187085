"""Where variants stand: working directories that share the data and every training that is the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.errors import StateError
from musasr.preparation import prepare_plan
from musasr.recipe import done_marks
from musasr.recipe.training_graph import Training
from musasr.recipe.workdir import Workdir

# The dev set has none, and those of Table II are not what is compared.
NO_GENRES = "mixing.test.genres=[]"


def share_data(config: Mapping[str, Any], source: Workdir, root: Path, *, on: str) -> Workdir:
    """A working directory whose data are those of another, with ``on`` in the place of the test set.

    Its plan of test mixtures is drawn as the recipe's: the same seed, the same SNRs, no genres.

    Args:
        config: The recipe, without genres.
        source: A working directory whose corpora and units are prepared.
        root: Where the shared ``data`` comes to stand.
        on: "dev", which choices are made on, or "test".

    Raises:
        StateError: The data of ``source`` are not there.
    """
    shared = Workdir(root)
    for folder, name in ((Workdir.speech, "speech"), (Workdir.music, "music")):
        if not (folder(source) / done_marks.MARK).is_file():
            raise StateError("is not prepared", where=source.data / name, mend=f"run musasr prepare {name}")
        for entry, target in (
            ("train", "train"),
            ("dev", "dev"),
            ("test", on),
            (done_marks.MARK, done_marks.MARK),
        ):
            _link(folder(shared) / entry, folder(source) / target)
    _link(shared.units, source.units)
    prepare_plan(config, shared)
    return shared


def lay_out(
    variant: Workdir,
    trainings: Mapping[str, Training],
    config: Mapping[str, Any],
    *,
    shared: Workdir,
    trained: Workdir,
) -> None:
    """Give a variant's folder the data, and the finished trainings that its changes do not touch.

    What recognition left is not shared: a variant may change how it decodes.

    Args:
        variant: Its folder.
        trainings: Those that it needs.
        config: Its own.
        shared: What :func:`share_data` made.
        trained: Where the recipe's own trainings stand.
    """
    _link(variant.data, shared.data)
    for name, training in trainings.items():
        origin, place = trained.training(name), variant.training(name)
        if not place.exists() and _is_same(origin, training.settings(config, trainings)):
            for file in origin.iterdir():
                if file.is_file():
                    _link(place / file.name, file)


def _is_same(directory: Path, settings: Mapping[str, Any]) -> bool:
    try:
        return done_marks.is_done(directory, settings)
    except StateError:  # made with other settings
        return False


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(target.resolve())
