"""The stages of egs/lass: prepare, train, evaluate, report. Each says when it is done."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from musasr.atomic import read_json, write_json, write_text
from musasr.corpora.clips import read_clips
from musasr.errors import StateError
from musasr.lass.berts import digest_of_bert, files_of
from musasr.lass.preparation import prepare_clips, prepare_words
from musasr.lass.test_list import draw_test, write_test
from musasr.recipe import done_marks
from musasr.recipe.system_run import SystemRun

ROWS, SUMMARY, HISTORY = "rows.jsonl", "training.json", "history.jsonl"
FIRST_WORDS = "first_words"  # the folder of that training, below a variant's
TIME_ALONE = ("num_workers", "save_seconds")  # settings that change no weight
LATER_KEYS = {"mask": "magnitude"}  # of network:, which older runs lack: what they did
AGAIN = "train it again"


def prepare(run: SystemRun) -> None:
    """Make the sounds, the vocabulary and the test list; see first that all can be trained."""
    data, settings = run.workdir.data, _prepared_settings(run.config)
    if _is_done(data, settings, "the corpus"):
        return
    from musasr.lass.training import check_networks  # takes seconds

    check_networks(run.config)
    for variant in run.config["variants"].values():
        if variant["bert"] is not None:
            files_of(variant["bert"])
    prepare_clips(run.config, data, num_jobs=run.asked.nj)
    prepare_words(run.config, data)
    test = {"number": run.config["test"]["mixtures"], "snr_db": run.config["test"]["snr_db"]}
    write_test(data / "test", draw_test(read_clips(data / "test"), seed=run.config["seed"], **test))
    done_marks.mark_done(data, settings)


def train(run: SystemRun) -> None:
    """Train each variant, one after the other."""
    _check_prepared(run)
    wanted = {name: _trained_settings(run.config, name) for name in run.config["variants"]}
    left = {name: one for name, one in wanted.items() if not _is_done(run.workdir.training(name), one, name)}
    if not left:
        return
    from musasr.lass.training import check_networks, train_model  # takes seconds

    check_networks(run.config)
    for name, settings in left.items():
        directory = run.workdir.training(name)
        directory.mkdir(parents=True, exist_ok=True)
        done_marks.begin(directory, settings, has_state=(directory / "checkpoints").is_dir())
        given = {"config": run.config, "data": run.workdir.data}
        given |= {"threads": run.asked.nj, "on_gpu": run.asked.ngpu > 0}
        network = train_model(name, directory=directory, **given)
        size = sum(parameter.numel() for parameter in network.parameters())
        write_json(directory / SUMMARY, {"seconds": _seconds(directory), "num_parameters": size})
        done_marks.mark_done(directory, settings)


def evaluate(run: SystemRun) -> None:
    """Put the test list through every variant; write each row's scores."""
    _check_prepared(run)
    models = {name: _trained(run, name) for name in run.config["variants"]}
    directory, settings = _evaluation(run), _evaluated_settings(run.config)
    if _is_done(directory, settings, "the evaluation"):
        return
    import torch  # it, and what scores, take seconds
    from tqdm import tqdm

    from musasr.lass.evaluation import evaluate as score

    torch.set_num_threads(run.config["test"]["threads"])
    with tqdm(total=run.config["test"]["mixtures"], desc="evaluate", unit="mixture") as bar:
        rows = score(run.config, data=run.workdir.data, models=models, on_progress=bar.update)
    directory.mkdir(parents=True, exist_ok=True)
    write_text(directory / ROWS, "".join(json.dumps(asdict(row)) + "\n" for row in rows))
    done_marks.mark_done(directory, settings)


def report(run: SystemRun) -> Mapping[str, Any]:
    """Write results.json and table.md; return what the former holds.

    Raises:
        StateError: Nothing was evaluated yet.
    """
    from musasr.lass.report import collect, table

    path = _evaluation(run) / ROWS
    if not path.is_file() or not done_marks.is_done(_evaluation(run), _evaluated_settings(run.config)):
        raise StateError("there are no scores", where=path, mend="evaluate first")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    trainings = {
        name: read_json(run.workdir.training(name) / SUMMARY, mend=AGAIN) for name in run.config["variants"]
    }
    results = collect(rows, config=run.config, commit=run.commit, trainings=trainings)
    write_json(run.workdir.results / "results.json", results)
    write_text(run.workdir.results / "table.md", table(results))
    return results


def _evaluation(run: SystemRun) -> Path:
    return run.workdir.root / "evaluation"


def _is_done(directory: Path, settings: Mapping[str, Any], what: str) -> bool:
    """Whether work is done; says so."""
    if not done_marks.is_done(directory, settings):
        return False
    print(f"{what}: is done already", file=sys.stderr)
    return True


def _prepared_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    test = {key: value for key, value in config["test"].items() if key != "threads"}
    return {key: config[key] for key in ("seed", "sampling_rate", "corpus", "words")} | {"test": test}


def _trained_settings(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """All that a variant depends on."""
    shared = ("seed", "sampling_rate", "corpus", "words", "mixing")
    network = {key: one for key, one in config["network"].items() if LATER_KEYS.get(key) != one}
    if config["variants"][name]["cue"] != "example":  # older runs lack it
        network.pop("example", None)
    training = {key: value for key, value in config["training"].items() if key not in TIME_ALONE}
    start, bert = config["variants"][name]["init"], config["variants"][name]["bert"]
    before = {} if start is None else {"init": _trained_settings(config, start)}
    if bert is not None:
        before["bert"] = digest_of_bert(bert)
    return (
        {key: config[key] for key in shared}
        | {"network": network, "variant": config["variants"][name], "training": training}
        | before
    )


def _evaluated_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    variants = {name: _trained_settings(config, name) for name in config["variants"]}
    return _prepared_settings(config) | {"variants": variants}


def _check_prepared(run: SystemRun) -> None:
    """See that the corpus of these settings is there.

    Raises:
        StateError: It is not.
    """
    if not done_marks.is_done(run.workdir.data, _prepared_settings(run.config)):
        raise StateError("the corpus is not prepared", where=run.workdir.data, mend="prepare it first")


def _trained(run: SystemRun, name: str) -> Path:
    """The folder of a variant that is trained.

    Raises:
        StateError: It is not.
    """
    directory = run.workdir.training(name)
    if not done_marks.is_done(directory, _trained_settings(run.config, name)):
        raise StateError("is not trained", where=directory, mend="train it first")
    return directory


def _seconds(directory: Path) -> float:
    """What the epochs of a training took together, interrupted or not, those of its first words too."""
    histories = [one / HISTORY for one in (directory, directory / FIRST_WORDS) if (one / HISTORY).is_file()]
    lines = [line for one in histories for line in one.read_text(encoding="utf-8").splitlines()]
    return round(sum(json.loads(line)["seconds"] for line in lines), 1)
