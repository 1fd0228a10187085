"""One system on one test condition: what recognition does in each of its processes."""

import json
from functools import cached_property
from typing import Any

import numpy as np
import torch

from musasr import audio
from musasr.atomic import write_text
from musasr.errors import memory_for
from musasr.joint import JointModel
from musasr.kaldi import Utterance, read_utterances, write_table
from musasr.metrics import separation
from musasr.mixing.dynamic import Mixture
from musasr.mixing.plan import read_plan
from musasr.mixing.testset import TestSet, test_libraries
from musasr.recipe.conditions import Condition, music_of
from musasr.recipe.decoding import gate_recognizer_of
from musasr.recipe.run import Run
from musasr.recipe.systems import find_system, pretrained_back_ends, trained_back_ends
from musasr.recognition import examples
from musasr.recognition.recognizer import Recognition, Recognizer, build_recognizer
from musasr.recognizers.build import build_reader
from musasr.recognizers.espnet_reader import build_espnet_reader
from musasr.recognizers.reader import Reader
from musasr.tasks.checkpoints import load_model
from musasr.text import Units


class ConditionRecognizer:
    """Recognises conditions one after the other; keeps what it has read: the test set, the last system."""

    def __init__(self, run: Run):
        """Hold the run; nothing is read yet."""
        self.run = run
        self.device = "cuda" if run.asked.ngpu else "cpu"
        self._loaded: tuple[str, Recognizer] | None = None

    def __call__(self, system: str, condition: Condition) -> float:
        """Write utterances.jsonl and text of a system under a condition.

        Args:
            system: A trained one of the run.
            condition: Under what the test set is recognised.

        Returns:
            Seconds of audio that were recognised.
        """
        decode, workdir = self.run.config["decode"], self.run.workdir
        torch.set_num_threads(decode["threads_per_job"])
        recognizer = self._recognizer(system)
        rows = []
        for batch in self.test.batches(seconds=decode["batch_seconds"]):
            mixtures = [self._mixture(utterance, condition) for utterance in batch]
            results = self._recognize(recognizer, mixtures)
            for utterance, mixture, result in zip(batch, mixtures, results, strict=True):
                rows.append(_row(utterance, mixture, result))
                self._keep_audio(system, condition, utterance, result)
        rows.sort(key=lambda row: row["utterance_id"].encode())
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        write_text(workdir.utterances(system, condition.name), "".join(lines))
        texts = {row["utterance_id"]: row["hypothesis"] for row in rows if row["hypothesis"] is not None}
        if texts:  # a system that ends after its separator has none
            write_table(workdir.decode(system, condition.name) / "text", texts)
        if system == self.run.config["report"]["best"]:
            self._keep_examples(recognizer, condition, rows)
        return sum(row["num_samples"] for row in rows) / self.run.config["sampling_rate"]

    def _recognize(self, recognizer: Recognizer, mixtures: list[Mixture]) -> list[Recognition]:
        """What a batch is recognised as.

        Raises:
            StateError: Memory does not suffice for it.
        """
        seconds = max(len(one.mixture) for one in mixtures) / self.run.config["sampling_rate"]
        what = f"{len(mixtures)} utterances of up to {seconds:.1f} s"
        with memory_for(what, mend="lower decode.batch_seconds, decode.beam_size or --nj"):
            return recognizer([mixture.mixture for mixture in mixtures])

    @cached_property
    def test(self) -> TestSet:
        """The test set with its plan and its music."""
        config, workdir = self.run.config, self.run.workdir
        return TestSet(
            utterances=read_utterances(workdir.speech("test")),
            plan={(row.condition, row.utterance_id): row for row in read_plan(workdir.plan)},
            libraries=test_libraries(
                workdir.music("test"),
                music_of(config),
                sampling_rate=config["sampling_rate"],
                crossfade_seconds=config["mixing"]["crossfade_seconds"],
            ),
            sampling_rate=config["sampling_rate"],
        )

    def _mixture(self, utterance: Utterance, condition: Condition) -> Mixture:
        return self.test.mixture(utterance, condition.name, is_clean=condition.snr_db is None)

    def _recognizer(self, system: str) -> Recognizer:
        if self._loaded is None or self._loaded[0] != system:
            self._loaded = None  # before the next is read: two do not fit where memory is short
            self._loaded = system, self._load(system)
        return self._loaded[1]

    def _load(self, system: str) -> Recognizer:
        """A system, and what reads behind the gate, built from what was trained."""
        clean = gate_recognizer_of(self.run.config["decode"])
        model = self._model(system)
        return build_recognizer(
            model,
            self._reader(system, model),
            self.run.config["decode"],
            sampling_rate=self.run.config["sampling_rate"],
            device=self.device,
            clean_reader=None if clean is None else self._reader(clean, self._model(clean)),
        )

    def _model(self, name: str) -> JointModel | None:
        """What was trained of a system; None where all of it came trained."""
        system = find_system(name, self.run.config, where="recognition")
        is_ours = system.has_separator or system.back_end in trained_back_ends(self.run.config)
        return load_model(self.run.workdir.training(name)) if is_ours else None

    def _reader(self, name: str, model: JointModel | None) -> Reader | None:
        """A system's recogniser: one that comes trained, the model's own, or none."""
        config = self.run.config
        system = find_system(name, config, where="recognition")
        settings = {"sampling_rate": config["sampling_rate"], "device": self.device}
        if not system.has_recognizer:
            return None
        if system.back_end in pretrained_back_ends(config):
            where = f"models.{system.back_end}"
            return build_reader(config["models"][system.back_end], where=where, **settings)
        units = Units.load(self.run.workdir.units)
        return build_espnet_reader(model.s2t_model, units, config["decode"], **settings)

    def _keep_audio(
        self, system: str, condition: Condition, utterance: Utterance, result: Recognition
    ) -> None:
        """Write estimates where ``decode.keep_audio`` asks for it."""
        if self.run.config["decode"]["keep_audio"]:
            directory = self.run.workdir.decode(system, condition.name) / "audio"
            for name, samples in result.estimates.items():
                path = directory / f"{utterance.utterance_id}_{name}.wav"
                audio.write(path, np.clip(samples, -1.0, 1.0), self.run.config["sampling_rate"])

    def _keep_examples(self, recognizer: Recognizer, condition: Condition, rows: list[dict]) -> None:
        """Keep the best, the median and the worst utterance for the report, once all are recognised.

        They are recognised again: all estimates of a test set would not fit in memory.
        """
        utterances = {one.utterance_id: one for one in self.test.utterances}
        sampling_rate, found = self.run.config["sampling_rate"], []
        for rank, row in examples.choose(rows, utterances, sampling_rate=sampling_rate).items():
            utterance = utterances[row["utterance_id"]]
            mixture = self._mixture(utterance, condition)
            (result,) = self._recognize(recognizer, [mixture])
            found.append(examples.Example(rank, row, utterance.text, mixture, result))
        directory = self.run.workdir.examples(condition.name)
        examples.write(found, directory, reader=recognizer.reader, sampling_rate=sampling_rate)


def _row(utterance: Utterance, mixture: Mixture, result: Recognition) -> dict[str, Any]:
    """One line of utterances.jsonl."""
    row: dict[str, Any] = {
        "utterance_id": utterance.utterance_id,
        "hypothesis": result.hypothesis,
        "score": result.score,
        "num_samples": len(mixture.mixture),
        "seconds": result.seconds,
    }
    is_measured = "speech" in result.estimates and bool(mixture.music.any())
    # The mixture's own scores are those of every system: written where a separator's stand beside them.
    for suffix, estimate in (("", result.estimates.get("speech")), ("_mixture", mixture.mixture)):
        for name, measure in (("sdr", separation.sdr), ("si_sdr", separation.si_sdr)):
            score = measure(estimate=estimate, reference=mixture.speech) if is_measured else None
            row[name + suffix] = None if score is None else separation.limited(score)
    return row
