"""How recognition's work is shared out, with a recogniser that only writes down what it is asked."""

import json
import sys
import types
from pathlib import Path

import pytest
import torch

from musasr.errors import StateError
from musasr.parallel import WHOLE, JobPart
from musasr.recipe import config as configuration
from musasr.recipe import done_marks
from musasr.recipe.systems import parse_systems
from musasr.recipe.training_graph import trainings_for
from musasr.recipe.workdir import Workdir
from musasr.recognition.evaluation import Evaluation, _take_gpu

SYSTEMS = parse_systems("none+clean,none+mixture")


def recognize(config, workdir, system, condition, *, ngpu):
    """Say so in a file; the condition that FAIL names fails."""
    directory = workdir.decode(system, condition.name)
    directory.mkdir(parents=True, exist_ok=True)
    if (workdir.root / "FAIL").is_file() and (workdir.root / "FAIL").read_text() == condition.name:
        raise OSError("no space")
    with (directory / "calls").open("a") as calls:
        calls.write("called\n")
    return 1.0


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch):
    """Processes are forked, so that they have it too."""
    job = types.ModuleType("musasr.recognition.condition")
    job.recognize_condition = recognize
    monkeypatch.setitem(sys.modules, "musasr.recognition.condition", job)


@pytest.fixture
def evaluate(tmp_path):
    """A function that runs a share of the evaluation of two systems that are trained."""
    config = configuration.load(Path("conf/mini.yaml"))
    workdir, trainings = Workdir(tmp_path), trainings_for(SYSTEMS, config)
    for name, training in trainings.items():
        done_marks.mark_done(workdir.training(name), training.settings(config, trainings))

    def run(part=WHOLE, *, num_jobs=1):
        return Evaluation(config, workdir, trainings, num_jobs, 0, part)

    return run


def test_a_recogniser_behind_the_gate_has_to_be_trained_and_counts_among_the_settings(tmp_path):
    gate = ["decode.gate={low_db: 12, high_db: 18, seconds: 1}", "decode.gate_recognizer=none+clean"]
    config = configuration.load(Path("conf/csj_anime.yaml"), settings=gate)
    workdir, trainings = Workdir(tmp_path), trainings_for(parse_systems("none+mixture"), config)
    assert list(trainings) == ["none+mixture"]
    done_marks.mark_done(
        workdir.training("none+mixture"), trainings["none+mixture"].settings(config, trainings)
    )
    evaluation = Evaluation(config, workdir, trainings, 1, 0)
    with pytest.raises(StateError, match=r"none\+clean is not trained"):
        evaluation.run(SYSTEMS[1:])
    clean = trainings_for(SYSTEMS[:1], config)
    done_marks.mark_done(workdir.training("none+clean"), clean["none+clean"].settings(config, clean))
    evaluation.run(SYSTEMS[1:])
    settings = json.loads((workdir.decode("none+mixture", "clean") / "done.json").read_text())["settings"]
    assert settings["none+clean"]["model"]["asr_encoder"] == "conv_blstm"


def done(root):
    """The conditions that are marked as done, and how often each was recognised."""
    found = {}
    for mark in sorted(root.glob("exp/*/decode*/*/done.json")):
        assert json.loads(mark.read_text())["settings"]
        found[str(mark.parent.relative_to(root))] = (mark.parent / "calls").read_text().count("called")
    return found


def test_parts_do_together_what_one_job_does(evaluate, tmp_path):
    for part in (3, 0, 1, 2):
        evaluate(JobPart(part, 3)).run(SYSTEMS)
    evaluate().check_complete(SYSTEMS)
    parts = done(tmp_path)
    assert set(parts.values()) == {1}
    evaluate(num_jobs=2).run(SYSTEMS)
    assert done(tmp_path) == parts


def test_a_missing_part_is_named_and_alone_done_again(evaluate, tmp_path, capsys):
    for part in (1, 3):
        evaluate(JobPart(part, 3)).run(SYSTEMS)
    with pytest.raises(StateError, match=r"none\+clean: \d of \d+ conditions .*run musasr recognize again"):
        evaluate().check_complete(SYSTEMS)
    for part in (1, 2, 3):
        evaluate(JobPart(part, 3)).run(SYSTEMS)
    evaluate().check_complete(SYSTEMS)
    assert set(done(tmp_path).values()) == {1}
    said = capsys.readouterr().err
    assert "recognition: part 1 of 3 already done" in said
    assert "recognition: part 2 of 3 already done" not in said


def test_more_parts_than_conditions_leave_some_without_work(evaluate, tmp_path):
    evaluate(JobPart(999, 999)).run(SYSTEMS)
    assert done(tmp_path) == {}


def test_a_part_that_fails_keeps_what_it_has_done(evaluate, tmp_path):
    (tmp_path / "FAIL").write_text("anime_0")
    with pytest.raises(OSError, match="no space"):
        evaluate(JobPart(1, 2)).run(SYSTEMS)
    before = done(tmp_path)
    assert before
    (tmp_path / "FAIL").unlink()
    evaluate(JobPart(1, 2)).run(SYSTEMS)
    evaluate(JobPart(2, 2)).run(SYSTEMS)
    evaluate().check_complete(SYSTEMS)
    assert before.items() <= done(tmp_path).items()


def test_parts_on_one_machine_take_its_gpus_in_turn(monkeypatch):
    taken = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    for part in (WHOLE, JobPart(1, 3), JobPart(2, 3), JobPart(3, 3)):
        _take_gpu(part)
    assert taken == [0, 0, 1, 0]
