"""Where variants stand: working directories that share the data and every training that is the same."""

from pathlib import Path

from musasr.errors import StateError
from musasr.preparation import prepare_plan
from musasr.recipe import done_marks
from musasr.recipe.run import Run
from musasr.recipe.training_graph import that_matter
from musasr.recipe.workdir import Workdir

# The dev set has none, and those of Table II are not what is compared.
NO_GENRES = "mixing.test.genres=[]"


def share_data(run: Run, root: Path, *, on: str) -> Workdir:
    """A working directory whose data are those of a run, with ``on`` in the place of the test set.

    Its plan of test mixtures is drawn as the recipe's: the same seed, the same SNRs, no genres.

    Args:
        run: A run whose data are prepared, without genres.
        root: Where the shared ``data`` comes to stand.
        on: "dev", which choices are made on, or "test".

    Raises:
        StateError: The data of the run are not there.
    """
    source, shared = run.workdir, Workdir(root)
    for section in ("speech", "music"):
        if not (source.corpus(section) / done_marks.MARK).is_file():
            mend = "run musasr prepare speech, music and units"
            raise StateError("is not prepared", where=source.corpus(section), mend=mend)
        for entry, target in (("train", "train"), ("dev", "dev"), ("test", on)):
            _link(shared.corpus(section) / entry, source.corpus(section) / target)
        _link(shared.corpus(section) / done_marks.MARK, source.corpus(section) / done_marks.MARK)
    _link(shared.units, source.units)
    prepare_plan(run.config, shared)
    return shared


def lay_out(variant: Run, *, shared: Workdir, trained: Workdir) -> None:
    """Give a variant's folder the data, and the finished trainings that its changes do not touch.

    What recognition left is not shared: a variant may change how it decodes.

    Args:
        variant: The run of a variant.
        shared: What :func:`share_data` made.
        trained: Where the recipe's own trainings stand.
    """
    _link(variant.workdir.data, shared.data)
    for name in variant.trainings:
        origin, place = trained.training(name), variant.workdir.training(name)
        if not place.exists() and _is_same(origin, variant.settings(name)):
            for file in origin.iterdir():
                if file.is_file():
                    _link(place / file.name, file)


def _is_same(directory: Path, settings: dict) -> bool:
    try:
        return done_marks.is_done(directory, settings, that_matter=that_matter)
    except StateError:  # made with other settings
        return False


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(target.resolve())
