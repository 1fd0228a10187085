"""Where everything of a run stands: the one place that knows the layout of a working directory."""

import re
from dataclasses import dataclass
from pathlib import Path

from musasr.errors import ConfigError

NAME = re.compile(r"[A-Za-z0-9_]+")
LONGEST = 64  # characters of it


@dataclass(frozen=True)
class Workdir:
    """The folders of a run; every method returns a path and makes nothing.

    Attributes:
        root: Holds all of them.
        decoding: Name of the decode settings; None for the plain ones. Each name has hypotheses and results
            of its own, of the same trained systems.
    """

    root: Path
    decoding: str | None = None

    def __post_init__(self) -> None:
        """Refuse a name that cannot be part of a folder's.

        Raises:
            ConfigError: It holds more than letters, digits and _.
        """
        if self.decoding is None:
            return
        name = str(self.decoding)[: LONGEST + 1]
        if not isinstance(self.decoding, str) or len(name) > LONGEST or not NAME.fullmatch(name):
            what = f"{name!r} is more than letters, digits and _"
            raise ConfigError(what, where="decode.name", mend="choose another name")

    @property
    def data(self) -> Path:
        """Corpora, units and test mixtures."""
        return self.root / "data"

    def lock(self, name: str) -> Path:
        """What a command holds while it works at this part of the run: see `musasr.locks`."""
        return self.root / ".locks" / name

    @property
    def decoding_name(self) -> str:
        """What recognition with these decode settings is called: ``decode``, or ``decode-NAME``."""
        return self._named("decode")

    @property
    def units(self) -> Path:
        """tokens.txt and the sentencepiece model."""
        return self.data / "units"

    @property
    def plan(self) -> Path:
        """The table of test mixtures."""
        return self.data / "test" / "plan.tsv"

    @property
    def plan_recipe(self) -> Path:
        """The resolved configuration that the plan was drawn with."""
        return self.plan.with_name("recipe.yaml")

    @property
    def results(self) -> Path:
        """results.json, the tables, the report."""
        return self.root / self._named("results")

    @property
    def log(self) -> Path:
        """What stages and trainings printed."""
        return self.root / "log"

    @property
    def film(self) -> Path:
        """The film of known content, its transcriptions and their figures."""
        return self.root / self._named("film")

    def ablation(self, name: str) -> Path:
        """An ablation's folder, which holds a working directory for each of its variants."""
        return self.root / "ablations" / name

    def corpus(self, section: str) -> Path:
        """The corpus of the section ``speech``, ``music`` or ``voices``."""
        return self.data / section

    def speech(self, name: str = "") -> Path:
        """The speech corpus, or its data dir ``train``, ``dev`` or ``test``."""
        return self.corpus("speech") / name

    def music(self, name: str = "") -> Path:
        """The music corpus, or its music dir ``train``, ``dev`` or ``test``."""
        return self.corpus("music") / name

    def voices(self, name: str = "") -> Path:
        """Further speech for separators, or its dir ``train`` or ``dev``, in the format of a music dir."""
        return self.corpus("voices") / name

    def training(self, name: str) -> Path:
        """A training's folder: a separator's or a system's."""
        return self.root / "exp" / name

    def summary(self, name: str) -> Path:
        """What a training says of itself: seconds, parameters, precision."""
        return self.training(name) / "training.json"

    def curves(self) -> list[Path]:
        """The pictures of losses that there are, one a training."""
        return sorted(self.training("").glob("*/loss.png"))

    def decode(self, system: str, condition: str) -> Path:
        """What recognition of one test condition leaves."""
        return self.training(system) / self.decoding_name / condition

    def utterances(self, system: str, condition: str) -> Path:
        """Hypothesis and scores of each utterance of a condition, a line of JSON each."""
        return self.decode(system, condition) / "utterances.jsonl"

    def examples(self, condition: str) -> Path:
        """The utterances of a condition that the report shows: examples.json and a folder each."""
        return self.results / "audio" / condition

    def training_log(self, name: str) -> Path:
        """The output of a training that is a job of its own."""
        return self.log / f"train.{name}.log"

    def _named(self, folder: str) -> str:
        return folder if self.decoding is None else f"{folder}-{self.decoding}"
