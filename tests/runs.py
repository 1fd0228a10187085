"""Runs for tests: a recipe of conf/ in a folder, with a few settings changed."""

from pathlib import Path

from musasr.cli.systems import SYSTEMS
from musasr.recipe import done_marks
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked, Run

# Every recipe of conf/ of the paper's systems; what replaces a section, varies a recipe, or belongs to a
# command is none.
COMMANDS = ("diarization.yaml", "separation.yaml", "transcribe.yaml")
RECIPES = sorted(
    path
    for path in CONF.rglob("*.yaml")
    if path.parent.name not in ("music", "ablations")
    and path.name not in COMMANDS
    and not path.stem.startswith(SYSTEMS)
)


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
