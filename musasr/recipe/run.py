"""A run: a recipe in a working directory, what is asked of it, and how much of the machine it may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from musasr.recipe import done_marks
from musasr.recipe.checks import load_checked
from musasr.recipe.systems import System, parse_systems
from musasr.recipe.training_graph import Training, that_matter, trainings_for
from musasr.recipe.workdir import Workdir


@dataclass(frozen=True)
class Asked:
    """What a run was asked for, as the command line says it: the same words make the same run elsewhere.

    Attributes:
        config: The recipe's file.
        workdir: Where everything of the run stands.
        music_conf: Replaces the section ``music``.
        set: Overrides ``key.path=value``.
        systems: Names of systems or lists; None: the first list that the recipe has.
        nj: Processes or threads.
        ngpu: GPUs; 0 is the CPU.
    """

    config: Path
    workdir: Path
    music_conf: Path | None = None
    set: tuple[str, ...] = ()
    systems: str | None = None
    nj: int = 1
    ngpu: int = 0

    def words(self) -> list[str]:
        """The options that ask for it."""
        options: list[str] = []
        for name, value in vars(self).items():
            for one in value if isinstance(value, tuple) else (value,):
                options += [] if one is None else [f"--{name}", str(one)]
        return options


@dataclass(frozen=True)
class Run:
    """What every stage works on: `asked` as it was said, and what it means, resolved and checked.

    Attributes:
        asked: The options.
        config: The resolved recipe.
        workdir: Where everything stands.
        systems: Those that are asked for.
    """

    asked: Asked
    config: Mapping[str, Any]
    workdir: Workdir
    systems: Sequence[System]

    @classmethod
    def of(cls, asked: Asked) -> "Run":
        """The run that is asked for.

        Raises:
            ConfigError: A file, key, value or system is wrong.
        """
        config = load_checked(asked.config, music_conf=asked.music_conf, settings=asked.set)
        workdir = Workdir(asked.workdir.resolve(), config["decode"]["name"])
        return cls(
            replace(asked, workdir=workdir.root), config, workdir, parse_systems(asked.systems, config)
        )

    @cached_property
    def trainings(self) -> dict[str, Training]:
        """Every training that the systems need, parents first."""
        return trainings_for(self.systems, self.config)

    def settings(self, name: str) -> dict[str, Any]:
        """All that a training's weights depend on, as it was when first asked: work is marked with that."""
        if name not in self._settings:
            self._settings[name] = self.trainings[name].settings(self.config, self.trainings)
        return self._settings[name]

    def is_trained(self, name: str) -> bool:
        """Whether a training is done.

        Raises:
            StateError: It was done with other settings.
        """
        return done_marks.is_done(self.workdir.training(name), self.settings(name), that_matter=that_matter)

    @cached_property
    def _settings(self) -> dict[str, dict[str, Any]]:
        return {}

    def with_systems(self, systems: Sequence[System]) -> "Run":
        """The same run, asked for other systems."""
        return replace(self, systems=systems)
