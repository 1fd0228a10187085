"""What recognition left in exp/<system>/decode/, counted per utterance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr import kaldi
from musasr.errors import StateError
from musasr.metrics.recognition import ErrorRate, corpus_cer, corpus_wer
from musasr.metrics.significance import bootstrap_ci95, drawn_groups
from musasr.recipe.conditions import Condition
from musasr.recipe.systems import System
from musasr.recipe.workdir import Workdir

SEPARATION_SCORES = ("sdr", "si_sdr", "sdr_mixture")


@dataclass(frozen=True)
class TestSpeech:
    """The test set's words.

    Attributes:
        references: utterance_id -> words separated by spaces; none where nothing is said.
        speakers: Speaker of each utterance, in the order of ``references``.
    """

    __test__ = False  # pytest: not a test class, in spite of its name

    references: dict[str, str]
    speakers: list[str]

    @property
    def num_words(self) -> int:
        """How many words the references have."""
        return sum(len(text.split()) for text in self.references.values())

    @property
    def groups(self) -> Sequence[str] | None:
        """What a bootstrap draws: speakers, or utterances (None) where speakers are too few to draw."""
        return drawn_groups(self.speakers)


@dataclass(frozen=True)
class Measurement:
    """One system under one condition.

    Attributes:
        words: Word errors, per utterance in the order of the references; None where no words come out.
        characters: Character errors (white space left out), likewise.
        separation: score -> dB per utterance, (N,); None where the condition or system has no such score.
    """

    words: ErrorRate | None
    characters: ErrorRate | None
    separation: dict[str, np.ndarray | None]

    def has(self, score: str) -> bool:
        """Whether it has this score: "wer" or "sdr"."""
        return self.words is not None if score == "wer" else self.separation[score] is not None


def read_test_speech(directory: Path) -> TestSpeech:
    """Read the references that every condition is scored against.

    Args:
        directory: Kaldi data dir of the test set (``text``, ``utt2spk``).

    Raises:
        StateError: It is not prepared, or an utterance has no speaker.
    """
    for name in ("text", "utt2spk"):
        if not (directory / name).is_file():
            raise StateError("no such file", where=directory / name, mend="run musasr prepare speech")
    references = kaldi.read_table(directory / "text", allow_empty=True)  # over music alone: without words
    speakers = kaldi.read_table(directory / "utt2spk")
    for utterance_id in references:
        if utterance_id not in speakers:
            what = f"no speaker of utterance {utterance_id!r}"
            raise StateError(what, where=directory / "utt2spk", mend="run musasr prepare speech")
    return TestSpeech(references, [speakers[utterance_id] for utterance_id in references])


def measure(system: System, condition: Condition, *, workdir: Workdir, speech: TestSpeech) -> Measurement:
    """Count the errors of one system under one condition.

    Args:
        system: One that was recognised with.
        condition: What was recognised.
        workdir: Where the systems stand, and which decode settings are asked for.
        speech: The references.

    Raises:
        StateError: The condition is not recognised, or not every utterance of it is.
    """
    path = workdir.utterances(system.name, condition.name)
    lines = _read_lines(path, system.name, condition)
    _same_utterances(lines, speech, path, system.name, condition)
    ordered = [lines[utterance_id] for utterance_id in speech.references]
    separation = {score: _separation(ordered, score, path) for score in SEPARATION_SCORES}
    if system.has_separator and condition.snr_db is not None and separation["sdr"] is None:
        what = f"system {system.name}, condition {condition.name}: a separator's decoding without SDR"
        raise StateError(what, where=path, mend=_decode_again(system.name))
    if not system.has_recognizer:
        return Measurement(None, None, separation)
    hypotheses = {line["utterance_id"]: line["hypothesis"] for line in ordered}
    return Measurement(
        words=corpus_wer(speech.references, hypotheses),
        characters=corpus_cer(speech.references, hypotheses),
        separation=separation,
    )


def confidence(measurements: Sequence[Measurement], speech: TestSpeech, *, seed: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of the WER pooled over conditions, in percent.

    All conditions hold the same utterances, so the pooled WER is the mean of theirs. The conditions of an
    utterance are drawn together, because they share its words.
    """
    errors, words = pooled_errors(measurements)
    return bootstrap_ci95(errors, words, groups=speech.groups, seed=seed)


def pooled_errors(measurements: Sequence[Measurement]) -> tuple[np.ndarray, np.ndarray]:
    """Return word errors and reference words per utterance, summed over conditions, each (N,)."""
    errors = sum(np.asarray(one.words.utterance_errors) for one in measurements)
    words = sum(np.asarray(one.words.utterance_tokens) for one in measurements)
    return errors, words


def _read_lines(path: Path, system: str, condition: Condition) -> dict[str, dict]:
    """Return utterance_id -> line of utterances.jsonl."""
    if not path.is_file():
        what = f"system {system}: condition {condition.name} is not recognised"
        raise StateError(what, where=path, mend=_decode_again(system))
    lines: dict[str, dict] = {}
    # Not splitlines(): a hypothesis may hold what Unicode calls a line separator.
    for number, text in enumerate(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"), start=1):
        try:
            line = json.loads(text)
            utterance_id, _ = line["utterance_id"], line["hypothesis"]
        except (ValueError, KeyError, TypeError) as error:
            what = f"system {system}, condition {condition.name}: unreadable line ({error})"
            raise StateError(what, where=f"{path}:{number}", mend=_decode_again(system)) from error
        if utterance_id in lines:
            what = f"system {system}, condition {condition.name}: utterance {utterance_id!r} is there twice"
            raise StateError(what, where=f"{path}:{number}", mend=_decode_again(system))
        lines[utterance_id] = line
    return lines


def _same_utterances(lines: dict, speech: TestSpeech, path: Path, system: str, condition: Condition) -> None:
    """Refuse a decoding of fewer, or of other, utterances than the references."""
    missing = [key for key in speech.references if key not in lines]
    unknown = [key for key in lines if key not in speech.references]
    if missing or unknown:
        what = (
            f"system {system}, condition {condition.name}: {len(missing)} of {len(speech.references)} "
            f"utterances missing, {len(unknown)} unknown (first: {(missing + unknown)[0]})"
        )
        raise StateError(what, where=path, mend=_decode_again(system))


def _decode_again(system: str) -> str:
    return f"run musasr recognize --systems {system}"


def _separation(lines: list[dict], score: str, path: Path) -> np.ndarray | None:
    """Return one score per utterance, or None where no utterance has it."""
    values = [line.get(score) for line in lines]
    if all(value is None for value in values):
        return None
    for line, value in zip(lines, values, strict=True):
        if value is None or not np.isfinite(value):
            what = f"utterance {line['utterance_id']!r} has no finite {score}, others have"
            raise StateError(what, where=path, mend="run musasr recognize")
    return np.asarray(values, dtype=np.float64)
