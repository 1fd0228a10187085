"""A working directory in small: what others leave for the report, with errors that a test chooses."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from runs import make_run

from musasr.recipe.conditions import Condition, conditions_of
from musasr.recipe.run import Run
from musasr.recipe.systems import System, parse_systems

NUM_UTTERANCES = 40
WORDS = ["ab", "cd", "ef", "gh", "ij"]  # five words of two characters: one wrong word is 20 %


class Workdir:
    """Writes decodings in which utterance i has ``errors(condition, i)`` wrong words of five."""

    def __init__(self, path: Path, num_speakers: int):
        self.path = path
        self.recipe: str | Path = "csj_anime"
        self.settings: tuple[str, ...] = ("seed=0",)
        self.utterance_ids = sorted(f"s{i % num_speakers}-{i:02d}" for i in range(NUM_UTTERANCES))
        speech = path / "data" / "speech" / "test"
        speech.mkdir(parents=True)
        lines = {key: f"{key} {' '.join(WORDS)}\n" for key in self.utterance_ids}
        (speech / "text").write_text("".join(lines.values()), encoding="utf-8")
        (speech / "utt2spk").write_text("".join(f"{key} {key[:2]}\n" for key in lines), encoding="utf-8")

    def add(
        self,
        name: str,
        errors: Callable[[Condition, int], int],
        *,
        sdr: Callable[[Condition, int], float] = lambda condition, index: condition.snr_db + 10.0,
    ) -> System:
        """Write one system's training.json and decodings."""
        (system,) = parse_systems(name, self.run().config)
        (self.path / "exp" / name).mkdir(parents=True)
        (self.path / "exp" / name / "training.json").write_text('{"train_seconds": 7200.0}', encoding="utf-8")
        for condition in conditions_of(name, self.run().config):
            path = self.decoding(name, condition.name)
            path.parent.mkdir(parents=True)
            has_sdr = system.has_separator and condition.snr_db is not None
            lines = [
                self._line(i, errors(condition, i), sdr(condition, i) if has_sdr else None, condition.snr_db)
                for i in range(NUM_UTTERANCES)
            ]
            path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return system

    def run(self, systems: Sequence[System] | None = None, *settings: str) -> Run:
        """A run of the paper's recipe in this folder that asks for these systems."""
        names = None if systems is None else ",".join(system.name for system in systems)
        return make_run(self.path, self.recipe, *self.settings, *settings, systems=names)

    def decoding(self, name: str, condition: str) -> Path:
        """Return the file of one decoding."""
        return self.path / "exp" / name / "decode" / condition / "utterances.jsonl"

    def edit(self, name: str, condition: str, change: Callable[[list[dict]], list[dict]]) -> None:
        """Rewrite one decoding's lines."""
        path = self.decoding(name, condition)
        lines = change([json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()])
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    def _line(self, index: int, num_errors: int, sdr: float | None, snr_db: float | None) -> dict:
        return {
            "utterance_id": self.utterance_ids[index],
            "hypothesis": " ".join(["xx"] * num_errors + WORDS[num_errors:]),
            "score": -1.0,
            "num_samples": 16000,
            "sdr": sdr,
            "si_sdr": None if sdr is None else sdr - 1.0,
            "sdr_mixture": None if sdr is None else snr_db + 0.25,
            "si_sdr_mixture": None if sdr is None else float(snr_db),
            "seconds": {"total": 0.1},
        }


@pytest.fixture
def workdir(tmp_path) -> Workdir:
    return Workdir(tmp_path / "work", num_speakers=8)


@pytest.fixture
def make_workdir(tmp_path) -> Callable[[int], Workdir]:
    return lambda num_speakers: Workdir(tmp_path / f"work{num_speakers}", num_speakers)


@pytest.fixture
def headline(workdir) -> tuple[Workdir, list[System]]:
    """Four systems: clean ASR 4 wrong words of 5 under music, mixture ASR 2, cascade 1, joint 0 or 1."""
    errors = {
        "none+clean": lambda condition, index: 0 if condition.snr_db is None else 4,
        "none+mixture": lambda condition, index: 2,
        "time+mixture:none": lambda condition, index: 1,
        "time+mixture:both": lambda condition, index: index % 2,
    }
    return workdir, [workdir.add(name, of) for name, of in errors.items()]
