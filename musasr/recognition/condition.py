"""One system on one test condition: what stage 7 does in each of its processes."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from musasr import audio
from musasr.atomic import write_text
from musasr.corpora.contract import MAIN_GENRE
from musasr.kaldi import Utterance, read_table, read_utterances, write_table
from musasr.metrics import separation
from musasr.mixing.dynamic import Mixture
from musasr.mixing.plan import read_plan
from musasr.mixing.testset import TestSet, test_libraries
from musasr.recipe.conditions import Condition
from musasr.recipe.decoding import gate_recognizer_of
from musasr.recipe.systems import BEST_JOINT
from musasr.recipe.workdir import Workdir
from musasr.recognition.recognizer import Recognition, Recognizer, build_recognizer
from musasr.recognizers.espnet_reader import build_espnet_reader
from musasr.tasks.checkpoints import load_model
from musasr.text import Units

SCORE_LIMIT_DB = 80.0  # JSON holds no infinity: a silent estimate scores -80 dB, a perfect one +80


def recognize_condition(
    config: Mapping[str, Any], workdir: Workdir, system: str, condition: Condition, *, ngpu: int
) -> float:
    """Write utterances.jsonl and text of a system under a condition.

    Args:
        config: The resolved recipe.
        workdir: Where data and systems stand.
        system: Name of a trained system.
        condition: Under what the test set is recognised.
        ngpu: 0 computes on the CPU.

    Returns:
        Seconds of audio that were recognised.
    """
    decode = config["decode"]
    torch.set_num_threads(decode["threads_per_job"])
    device = "cuda" if ngpu else "cpu"
    recognizer = _recognizer(workdir, system, json.dumps(decode), config["sampling_rate"], device)
    test = _test_set(workdir, json.dumps(config))
    rows = []
    for batch in test.batches(seconds=decode["batch_seconds"]):
        mixtures = [
            test.mixture(utterance, condition.name, is_clean=condition.snr_db is None) for utterance in batch
        ]
        results = recognizer([mixture.mixture for mixture in mixtures])
        for utterance, mixture, result in zip(batch, mixtures, results, strict=True):
            rows.append(_row(utterance, mixture, result))
            _keep_audio(config, workdir, system, condition, utterance, mixture, result)
    directory = workdir.decode(system, condition.name)
    rows.sort(key=lambda row: row["utterance_id"].encode())
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_text(directory / "utterances.jsonl", "".join(lines))
    write_table(directory / "text", {row["utterance_id"]: row["hypothesis"] for row in rows})
    return sum(row["num_samples"] for row in rows) / config["sampling_rate"]


def _row(utterance: Utterance, mixture: Mixture, result: Recognition) -> dict[str, Any]:
    """One line of utterances.jsonl."""
    row: dict[str, Any] = {
        "utterance_id": utterance.utterance_id,
        "hypothesis": result.hypothesis,
        "score": result.score,
        "num_samples": len(mixture.mixture),
        "seconds": result.seconds,
    }
    has_music = bool(mixture.music.any())
    # The mixture's own scores are those of every system: written where a separator's stand beside them.
    for suffix, estimate in (("", result.estimates.get("speech")), ("_mixture", mixture.mixture)):
        is_measured = has_music and bool(result.estimates)
        for name, measure in (("sdr", separation.sdr), ("si_sdr", separation.si_sdr)):
            score = measure(estimate=estimate, reference=mixture.speech) if is_measured else None
            row[name + suffix] = None if score is None else _limited(score)
    return row


def _limited(score: float) -> float:
    return float(np.clip(score, -SCORE_LIMIT_DB, SCORE_LIMIT_DB))


def _keep_audio(
    config: Mapping[str, Any],
    workdir: Workdir,
    system: str,
    condition: Condition,
    utterance: Utterance,
    mixture: Mixture,
    result: Recognition,
) -> None:
    """Write estimates where ``decode.keep_audio`` asks for it, and the report's example."""
    if not result.estimates:
        return
    rate = config["sampling_rate"]
    if config["decode"]["keep_audio"]:
        for name, samples in result.estimates.items():
            path = workdir.decode(system, condition.name) / "audio" / f"{utterance.utterance_id}_{name}.wav"
            audio.write(path, np.clip(samples, -1.0, 1.0), rate)
    if system == BEST_JOINT.name and utterance.utterance_id == _first_id(workdir):
        directory = workdir.results / "audio" / condition.name / utterance.utterance_id
        parts = {
            "mixture": mixture.mixture,
            "reference": mixture.speech,
            "estimate": result.estimates["speech"],
        }
        for name, samples in parts.items():
            audio.write(directory / f"{name}.wav", np.clip(samples, -1.0, 1.0), rate)


# Read once a process, which does many jobs. (The recipe travels as text because a key must be hashable.)
@lru_cache(maxsize=1)
def _test_set(workdir: Workdir, config_json: str) -> TestSet:
    config = json.loads(config_json)
    return TestSet(
        utterances=read_utterances(workdir.speech("test")),
        plan={(row.condition, row.utterance_id): row for row in read_plan(workdir.plan)},
        libraries=test_libraries(
            workdir.music("test"),
            (MAIN_GENRE, *config["mixing"]["test"]["genres"]),
            sampling_rate=config["sampling_rate"],
            crossfade_seconds=config["mixing"]["crossfade_seconds"],
        ),
        sampling_rate=config["sampling_rate"],
    )


@lru_cache(maxsize=1)
def _recognizer(
    workdir: Workdir, system: str, decode_json: str, sampling_rate: int, device: str
) -> Recognizer:
    decode = json.loads(decode_json)
    names = (system, gate_recognizer_of(decode))
    models = [None if name is None else load_model(workdir.training(name)) for name in names]
    units, settings = Units.load(workdir.units), {"sampling_rate": sampling_rate, "device": device}
    reader, clean_reader = (
        None if model is None else build_espnet_reader(model.s2t_model, units, decode, **settings)
        for model in models
    )
    return build_recognizer(models[0], reader, decode, clean_reader=clean_reader, **settings)


@lru_cache(maxsize=1)
def _first_id(workdir: Workdir) -> str:
    return next(iter(read_table(workdir.speech("test") / "text")))
