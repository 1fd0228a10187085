"""Runs for tests: a recipe of conf/ in a folder, with a few settings changed."""

from pathlib import Path

from musasr.recipe import done_marks
from musasr.recipe.checks import SYSTEM
from musasr.recipe.config import CONF, load
from musasr.recipe.run import Asked, Run

# Every recipe of conf/; what replaces a section, varies a recipe, or belongs to a command is none.
COMMANDS = ("separation.yaml", "transcribe.yaml")
WHOLE = [
    path
    for path in sorted(CONF.rglob("*.yaml"))
    if path.parent.name not in ("music", "ablations") and path.name not in COMMANDS
]
# Those of systems beside the paper's, each for the package that its key `system` names.
OF_SYSTEMS = [path for path in WHOLE if SYSTEM in load(path)]
RECIPES = [path for path in WHOLE if path not in OF_SYSTEMS]


def make_run(
    workdir: Path, recipe: str | Path = "mini", *settings: str, systems: str | None = None, **options: object
) -> Run:
    """The run that `musasr --config conf/RECIPE.yaml --workdir WORKDIR --set ... --systems ...` would be."""
    config = recipe if isinstance(recipe, Path) else CONF / f"{recipe}.yaml"
    return Run.of(Asked(config=config, workdir=workdir, set=settings, systems=systems, **options))


def mark_trained(run: Run) -> Run:
    """The run, as if all its trainings were done."""
    for name in run.trainings:
        done_marks.mark_done(run.workdir.training(name), run.settings(name))
    return run
