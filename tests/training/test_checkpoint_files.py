"""Checkpoints: nothing in them runs, they go straight to their folder, and no other file is touched."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from test_engine import SETTINGS, same, train

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_tensors import KINDS, write_pickle

from musasr.errors import StateError
from musasr.tasks import checkpoints
from musasr.training import loop
from musasr.training.checkpoint_files import read

SHORT = replace(SETTINGS, max_epoch=2)


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_runs_nothing_that_the_state_says(tmp_path, kind):
    """Once, last.ckpt was unpickled: whoever could write it could run what they liked."""
    write_pickle(kind, loop.last_checkpoint(tmp_path), tmp_path / "CANARY")
    with pytest.raises(StateError, match=r"last.ckpt: is .*; remove it: the training then begins anew"):
        train(tmp_path, SHORT)
    assert not (tmp_path / "CANARY").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_no_mean_is_taken_of_what_runs(tmp_path, kind):
    path = write_pickle(kind, tmp_path / "best001.ckpt", tmp_path / "CANARY")
    with pytest.raises(StateError, match=r"best001.ckpt: is .*; remove its folder checkpoints, and train"):
        checkpoints.average([path])
    assert not (tmp_path / "CANARY").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_no_weights_are_loaded_of_what_runs(tmp_path, kind):
    write_pickle(kind, tmp_path / "model.pth", tmp_path / "CANARY")
    with pytest.raises(StateError, match=r"model.pth: is .*; remove it, train again"):
        checkpoints.load(tmp_path)
    assert not (tmp_path / "CANARY").exists()


@pytest.mark.parametrize("content", [{"a": 1}, [1], {"epoch": 1}, 3])
def test_plain_values_that_are_no_state_are_one_line(tmp_path, content):
    loop.last_checkpoint(tmp_path).parent.mkdir()
    torch.save(content, loop.last_checkpoint(tmp_path))
    with pytest.raises(StateError, match=r"last.ckpt: is no state of a training; remove it"):
        train(tmp_path, SHORT)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A short training's folder, made with a TMPDIR that is not there, and a narrow umask."""
    directory = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", "/nowhere")
        patch.setattr("tempfile.tempdir", "/nowhere")
        before = os.umask(0o027)
        try:
            weights, _ = train(directory, replace(SHORT, save_seconds=0.0))
        finally:
            os.umask(before)
    return directory, weights


def test_the_umask_says_the_mode_and_tmpdir_plays_no_part(trained):
    for path in [loop.last_checkpoint(trained[0]), *loop.best_checkpoints(trained[0])]:
        assert oct(path.stat().st_mode)[-3:] == "640"


def test_saving_often_changes_nothing(trained, tmp_path):
    weights, _ = train(tmp_path, SHORT)
    assert same(weights, trained[1])


def test_a_state_that_names_a_strangers_file_as_outdone_does_not_remove_it(trained, tmp_path):
    thesis = tmp_path / "thesis.ckpt"
    thesis.write_text("years of work")
    state = read(loop.last_checkpoint(trained[0]))
    for callback in state["callbacks"].values():
        if "best_k_models" in callback and callback["monitor"] is not None:
            worst = torch.tensor(99.0)
            callback |= {
                "best_k_models": {str(thesis): worst},
                "kth_best_model_path": str(thesis),
                "kth_value": worst,
                "dirpath": str(tmp_path / "run" / "checkpoints"),
            }
    path = loop.last_checkpoint(tmp_path / "run")
    path.parent.mkdir(parents=True)
    torch.save(state, path)
    train(tmp_path / "run", replace(SHORT, max_epoch=3))
    assert thesis.read_text() == "years of work"


def test_what_a_kill_left_half_written_is_swept(trained, tmp_path):
    left = tmp_path / "checkpoints" / ".last.123-abcdef.tmp.ckpt"
    left.parent.mkdir()
    left.write_text("half")
    train(tmp_path, replace(SHORT, max_epoch=1))
    assert not left.exists()


def test_a_broken_model_is_neither_averaged_nor_saved_nor_loaded(tmp_path):
    broken = {"w": torch.tensor([1.0, float("nan")])}
    torch.save({"state_dict": broken}, tmp_path / "best000.ckpt")
    message = r"1 of 1 weights hold NaN or infinite values \(w\); lower optim_conf.lr"
    with pytest.raises(StateError, match=rf"best000.ckpt: {message}"):
        checkpoints.average([tmp_path / "best000.ckpt"])
    with pytest.raises(StateError, match=rf"model.pth: {message}"):
        checkpoints.save(broken, tmp_path)
    assert not (tmp_path / "model.pth").exists()
    torch.save(broken, tmp_path / "model.pth")
    with pytest.raises(StateError, match=rf"model.pth: {message}"):
        checkpoints.load(tmp_path)
