"""history.jsonl and loss.png: a row and a point an epoch, the time of a stopped epoch counted, none twice."""

import json
from types import SimpleNamespace

import pytest
from matplotlib.image import imread

from musasr.training.callbacks import curves
from musasr.training.callbacks.curves import HISTORY, PICTURE, LossCurves, draw, read_history


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(curves.time, "monotonic", lambda: now.seconds)
    return now


def module(bad_steps=0):
    return SimpleNamespace(bad_steps=SimpleNamespace(count=bad_steps))


def trainer(epoch, *, is_global_zero=True, **scores):
    return SimpleNamespace(
        is_global_zero=is_global_zero,
        current_epoch=epoch,
        callback_metrics={name.replace("_", "/", 1): value for name, value in scores.items()},
        optimizers=[SimpleNamespace(param_groups=[{"lr": 0.01 / (epoch + 1)}])],
    )


def do_epoch(callback, clock, epoch, seconds, **scores):
    callback.on_train_epoch_start(trainer(epoch), module())
    clock.seconds += seconds
    callback.on_train_epoch_end(trainer(epoch, **scores), module())


def test_an_epoch_is_a_row_with_its_seconds_its_rate_and_its_scores(tmp_path, clock):
    callback = LossCurves(tmp_path)
    do_epoch(callback, clock, 0, 7.0, train_loss=3.0, valid_loss=2.0)
    do_epoch(callback, clock, 1, 5.0, train_loss=1.0, valid_loss=1.5)
    rows = [json.loads(line) for line in (tmp_path / HISTORY).read_text().splitlines()]
    assert rows == [
        {"epoch": 1, "seconds": 7.0, "lr": 0.01, "train/loss": 3.0, "valid/loss": 2.0},
        {"epoch": 2, "seconds": 5.0, "lr": 0.005, "train/loss": 1.0, "valid/loss": 1.5},
    ]
    assert read_history(tmp_path) == rows


def test_an_epoch_that_is_done_again_replaces_its_row_and_what_followed(tmp_path, clock):
    callback = LossCurves(tmp_path)
    for epoch in range(3):
        do_epoch(callback, clock, epoch, 1.0, train_loss=float(epoch))
    do_epoch(callback, clock, 1, 2.0, train_loss=9.0)
    assert [(row["epoch"], row["train/loss"]) for row in read_history(tmp_path)] == [(1, 0.0), (2, 9.0)]


def test_the_seconds_before_a_stop_count(tmp_path, clock):
    stopped = LossCurves(tmp_path)
    stopped.on_train_epoch_start(trainer(0), module())
    clock.seconds += 30.0
    state = stopped.state_dict()
    clock.seconds += 5000.0  # nothing runs
    again = LossCurves(tmp_path)
    again.load_state_dict(state)
    clock.seconds += 4.0
    again.on_train_epoch_end(trainer(0, train_loss=1.0), module())
    assert read_history(tmp_path)[0]["seconds"] == 34.0


def test_the_steps_left_out_stand_in_the_row(tmp_path, clock):
    callback = LossCurves(tmp_path)
    callback.on_train_epoch_end(trainer(0, train_loss=1.0), module(bad_steps=2))
    assert read_history(tmp_path)[0]["bad_steps"] == 2


def test_of_several_processes_the_first_alone_writes(tmp_path, clock):
    LossCurves(tmp_path).on_train_epoch_end(trainer(0, is_global_zero=False, train_loss=1.0), module())
    assert list(tmp_path.iterdir()) == []
    assert read_history(tmp_path) == []


def test_the_picture_has_a_panel_a_score_and_a_line_a_mode_with_the_rows_values(tmp_path, monkeypatch):
    figures, close = [], curves.pyplot.close
    monkeypatch.setattr(curves.pyplot, "close", lambda figure: figures.append(figure) or close(figure))
    rows = [
        {"epoch": 1, "lr": 0.1, "train/loss": 3.0, "valid/loss": 2.5, "valid/accuracy": 0.2},
        {"epoch": 2, "lr": 0.1, "train/loss": 2.0, "valid/loss": 1.5, "valid/accuracy": 0.4},
    ]
    draw(rows, tmp_path / PICTURE, title="time")
    lines = {
        (axis.get_title(), line.get_label()): line.get_xydata().tolist()
        for axis in figures[0].axes
        for line in axis.get_lines()
    }
    assert lines == {
        ("accuracy", "valid"): [[1, 0.2], [2, 0.4]],
        ("loss", "train"): [[1, 3.0], [2, 2.0]],
        ("loss", "valid"): [[1, 2.5], [2, 1.5]],
    }
    assert figures[0].get_suptitle() == "time"
    assert imread(tmp_path / PICTURE).shape[:2] == (270, 648)  # 3.0 and 2 x 3.6 inches of 90 dots


@pytest.mark.parametrize(("num_scores", "size"), [(1, (270, 324)), (3, (270, 972)), (7, (756, 972))])
def test_no_picture_is_wider_than_a_screen(tmp_path, num_scores, size):
    row = {"epoch": 1, **{f"{mode}/score{n}": 1.0 for n in range(num_scores) for mode in ("train", "valid")}}
    draw([row], tmp_path / "loss.png", title="time")
    assert imread(tmp_path / "loss.png").shape[:2] == size
