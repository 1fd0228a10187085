"""How recognition is split into parts, with a recogniser that only writes down what it is asked."""

import json
import os
import signal
import sys
import types

import pytest
import torch
from runs import make_run, mark_trained

from musasr.errors import StateError
from musasr.parallel import WHOLE, JobPart
from musasr.recognition.evaluation import Evaluation, _take_gpu


class StandIn:
    """Says so in a file; the condition that FAIL names fails, and that of KILL is killed."""

    def __init__(self, run):
        self.workdir = run.workdir

    def __call__(self, system, condition):
        directory, fails = self.workdir.decode(system, condition.name), self.workdir.root / "FAIL"
        directory.mkdir(parents=True, exist_ok=True)
        if fails.is_file() and fails.read_text() == condition.name:
            raise OSError("no space")
        if (self.workdir.root / "KILL").is_file():
            os.kill(os.getpid(), signal.SIGKILL)
        with (directory / "calls").open("a") as calls:
            calls.write("called\n")
        return 1.0


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch):
    """Processes are forked, so that they have it too."""
    module = types.ModuleType("musasr.recognition.condition")
    module.ConditionRecognizer = StandIn
    monkeypatch.setitem(sys.modules, "musasr.recognition.condition", module)


@pytest.fixture
def evaluate(tmp_path):
    """A function: a part of the evaluation of two systems that are trained."""

    def part_of(part=WHOLE, *, nj=1):
        run = make_run(tmp_path, systems="none+clean,none+mixture", nj=nj)
        return Evaluation(mark_trained(run), part)

    return part_of


def test_a_recogniser_behind_the_gate_has_to_be_trained_and_counts_among_the_settings(tmp_path):
    gate = ("decode.gate={low_db: 12, high_db: 18, seconds: 1}", "decode.gate_recognizer=none+clean")
    run = mark_trained(make_run(tmp_path, "csj_anime", *gate, systems="none+mixture"))
    assert list(run.trainings) == ["none+mixture"]
    with pytest.raises(StateError, match=r"none\+clean is not trained"):
        Evaluation(run).recognize()
    mark_trained(make_run(tmp_path, "csj_anime", *gate, systems="none+clean"))
    Evaluation(run).recognize()
    mark = run.workdir.decode("none+mixture", "clean") / "done.json"
    assert json.loads(mark.read_text())["settings"]["none+clean"]["model"]["asr_encoder"] == "conv_blstm"


def done(root):
    """The conditions that are marked as done, and how often each was recognised."""
    found = {}
    for mark in sorted(root.glob("exp/*/decode*/*/done.json")):
        assert json.loads(mark.read_text())["settings"]
        found[str(mark.parent.relative_to(root))] = (mark.parent / "calls").read_text().count("called")
    return found


def test_a_killed_process_is_named_and_the_rerun_goes_on(evaluate, tmp_path):
    """Once, the others were waited for without end."""
    (tmp_path / "KILL").touch()
    with pytest.raises(StateError, match="a process that did a part of the work was killed"):
        evaluate(nj=2).recognize()
    (tmp_path / "KILL").unlink()
    evaluate().recognize()
    evaluate().check_complete()


def test_parts_do_together_what_one_job_does(evaluate, tmp_path):
    for part in (3, 0, 1, 2):
        evaluate(JobPart(part, 3)).recognize()
    evaluate().check_complete()
    parts = done(tmp_path)
    assert set(parts.values()) == {1}
    evaluate(nj=2).recognize()
    assert done(tmp_path) == parts


def test_a_missing_part_is_named_and_alone_done_again(evaluate, tmp_path, capsys):
    for part in (1, 3):
        evaluate(JobPart(part, 3)).recognize()
    with pytest.raises(StateError, match=r"none\+clean: \d of \d+ conditions .*run musasr recognize again"):
        evaluate().check_complete()
    for part in (1, 2, 3):
        evaluate(JobPart(part, 3)).recognize()
    evaluate().check_complete()
    assert set(done(tmp_path).values()) == {1}
    said = capsys.readouterr().err
    assert "recognition: part 1 of 3 already done" in said
    assert "recognition: part 2 of 3 already done" not in said


def test_more_parts_than_conditions_leave_some_without_work(evaluate, tmp_path):
    evaluate(JobPart(999, 999)).recognize()
    assert done(tmp_path) == {}


def test_a_part_that_fails_keeps_what_it_has_done(evaluate, tmp_path):
    (tmp_path / "FAIL").write_text("anime_0")
    with pytest.raises(OSError, match="no space"):
        evaluate(JobPart(1, 2)).recognize()
    before = done(tmp_path)
    assert before
    (tmp_path / "FAIL").unlink()
    evaluate(JobPart(1, 2)).recognize()
    evaluate(JobPart(2, 2)).recognize()
    evaluate().check_complete()
    assert before.items() <= done(tmp_path).items()


def test_parts_on_one_machine_take_its_gpus_in_turn(monkeypatch):
    taken = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    for part in (WHOLE, JobPart(1, 3), JobPart(2, 3), JobPart(3, 3)):
        _take_gpu(part)
    assert taken == [0, 0, 1, 0]


@pytest.mark.parametrize("kind", ["pack", "folder"])
def test_another_model_in_the_same_place_is_noticed(tmp_path, monkeypatch, kind):
    """Once, done.json knew a model by its path, and what another one had read counted as its own."""
    mine = types.ModuleType("mine")
    mine.Reader = lambda *, pack, size, sampling_rate, device: None
    monkeypatch.setitem(sys.modules, "mine", mine)
    model = tmp_path / "model"
    weights = model if kind == "pack" else model / "model.bin"
    weights.parent.mkdir(exist_ok=True)
    weights.write_bytes(b"one")
    asked = f"models.asked={{reader: 'mine:Reader', reader_conf: {{pack: '{model}', size: 3}}}}"

    def evaluation():
        run = make_run(tmp_path / "w", "mini", asked, systems="none+asked")
        return Evaluation(run)

    mark_trained(evaluation().run)
    evaluation().recognize()
    evaluation().recognize()
    weights.write_bytes(b"two")
    with pytest.raises(StateError, match=rf"was made with the model {model}, which has another content now"):
        evaluation().recognize()
