"""A run whose report is written, as others read it: what was asked of it, and what came out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musasr.errors import StateError
from musasr.recipe.systems import System
from musasr.recipe.workdir import Workdir


@dataclass(frozen=True)
class FinishedRun:
    """A run whose report is written.

    Attributes:
        workdir: Where it stands, and which of its decodings is meant.
        results: Its results.json.
    """

    workdir: Workdir
    results: dict

    @classmethod
    def read(cls, directory: Path, decoding: str | None = None) -> "FinishedRun":
        """The run of a working directory.

        Args:
            directory: It.
            decoding: The name of its decode settings; None: the plain ones.

        Raises:
            StateError: It has no results.json that can be read.
        """
        workdir = Workdir(directory, decoding)
        path, mend = workdir.results / "results.json", "run musasr report there"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            run = cls(workdir, found)
            _ = found["config"]["seed"], found["commit"], run.entries
        except FileNotFoundError as error:
            raise StateError("no such file", where=path, mend=mend) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StateError(f"is no results.json ({error!r})", where=path, mend=mend) from error
        return run

    @property
    def directory(self) -> Path:
        """Its working directory."""
        return self.workdir.root

    @property
    def title(self) -> str:
        """Where it stands, and with which decode settings, if not the plain ones."""
        return f"{self.directory}, {self.workdir.decoding}" if self.workdir.decoding else str(self.directory)

    @property
    def config(self) -> dict:
        """The resolved recipe."""
        return self.results["config"]

    @property
    def entries(self) -> dict[System, dict]:
        """System -> its entry of results.json."""
        names = ("front_end", "back_end", "fine_tune")
        return {System(*(entry[name] for name in names)): entry for entry in self.results["systems"]}


def differences(
    one: Mapping[str, Any], other: Mapping[str, Any], key: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield each key (with dots) at which two configurations differ, and both values (None: not there)."""
    for name in dict.fromkeys([*one, *other]):
        path = f"{key}.{name}" if key else name
        before, after = one.get(name), other.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from differences(before, after, path)
        elif before != after:
            yield path, before, after
