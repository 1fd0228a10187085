"""A run of a system beside the paper's: diarization, music_tags, lass, looking_to_listen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musasr.errors import ConfigError, shown
from musasr.recipe import config as configuration
from musasr.recipe.checks import SYSTEM
from musasr.recipe.keys import Key
from musasr.recipe.run import Asked
from musasr.recipe.schema import check_keys
from musasr.recipe.values import one_of
from musasr.recipe.workdir import Workdir


@dataclass(frozen=True)
class SystemRun:
    """What every stage of such a system works on.

    Attributes:
        asked: The options.
        config: The resolved configuration, checked.
        workdir: Where everything stands.
        commit: Of the checkout, for results.
    """

    asked: Asked
    config: Mapping[str, Any]
    workdir: Workdir
    commit: str = "unknown"

    @classmethod
    def of(
        cls, asked: Asked, system: str, keys: Mapping[str, Key], *, commit: str = "unknown"
    ) -> "SystemRun":
        """The run that is asked for.

        Args:
            asked: What the command line says.
            system: Its name, such as ``diarization``.
            keys: Every key of its configuration but ``system``.
            commit: Of the checkout.

        Raises:
            ConfigError: The file is another system's, or a key or value is wrong.
        """
        config = load_system(asked.config, system, keys, music_conf=asked.music_conf, settings=asked.set)
        workdir = Workdir(asked.workdir.resolve())
        return cls(replace(asked, workdir=workdir.root), config, workdir, commit)


def load_system(
    path: Path,
    system: str,
    keys: Mapping[str, Key],
    *,
    music_conf: Path | None = None,
    settings: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A system's resolved configuration, checked.

    Raises:
        ConfigError: As `SystemRun.of`.
    """
    config = configuration.load(path, music_conf=music_conf, settings=settings)
    if config.get(SYSTEM) != system:
        what = f"is not of the system {system}: its {SYSTEM} is {shown(config.get(SYSTEM))}"
        raise ConfigError(what, where=path, mend=f"see conf/{system}.yaml")
    check_keys(config, {SYSTEM: Key(one_of(system), "whose configuration this is"), **keys}, where=path)
    return config
