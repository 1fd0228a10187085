"""Where everything of a run stands: the one place that knows the layout of a working directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workdir:
    """The folders of a run; every method returns a path and makes nothing."""

    root: Path

    @property
    def data(self) -> Path:
        """Corpora, units and test mixtures."""
        return self.root / "data"

    @property
    def units(self) -> Path:
        """tokens.txt and the sentencepiece model."""
        return self.data / "units"

    @property
    def plan(self) -> Path:
        """The table of test mixtures."""
        return self.data / "test" / "plan.tsv"

    @property
    def results(self) -> Path:
        """results.json, the tables, the report."""
        return self.root / "results"

    def speech(self, name: str = "") -> Path:
        """The speech corpus, or its data dir ``train``, ``dev`` or ``test``."""
        return self.data / "speech" / name

    def music(self, name: str = "") -> Path:
        """The music corpus, or its music dir ``train``, ``dev`` or ``test``."""
        return self.data / "music" / name

    def training(self, name: str) -> Path:
        """A training's folder: a separator's or a system's."""
        return self.root / "exp" / name

    def decode(self, system: str, condition: str) -> Path:
        """What recognition of one test condition leaves."""
        return self.training(system) / "decode" / condition
