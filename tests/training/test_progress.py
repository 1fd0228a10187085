"""Progress lines: where a training is, how long it will take, seldom enough to be read."""

from types import SimpleNamespace

import pytest

from musasr.training.callbacks import progress
from musasr.training.callbacks.preemption import Place
from musasr.training.callbacks.progress import ProgressLines

NUM_BATCHES, NUM_EPOCHS = 10, 4


class Clock:
    """Moves when the test says so, and hands events to the callback."""

    def __init__(self, callback):
        self.callback, self.seconds = callback, 1000.0

    def start(self, epoch=0, batch=0):
        self.callback.on_train_start(trainer(epoch), SimpleNamespace(place=Place(epoch, batch)))

    def batch(self, epoch, index, *, after):
        self.seconds += after
        self.callback.on_train_batch_end(trainer(epoch), None, {"shown": 1.5}, None, index)

    def end(self, epoch, **scores):
        self.callback.on_train_epoch_end(trainer(epoch, scores), None)


def trainer(epoch, scores=()):
    metrics = {name.replace("_", "/", 1): value for name, value in dict(scores).items()}
    return SimpleNamespace(
        current_epoch=epoch, max_epochs=NUM_EPOCHS, num_training_batches=NUM_BATCHES, callback_metrics=metrics
    )


@pytest.fixture
def clock(monkeypatch):
    found = Clock(ProgressLines("time", interval=20.0))
    monkeypatch.setattr(progress.time, "monotonic", lambda: found.seconds)
    return found


def test_a_line_after_each_interval_says_where_it_is_and_when_it_ends(clock, capsys):
    clock.start()
    for index in range(5):
        clock.batch(0, index, after=8.0)
    # 24 s for 3 of 40 batches: 37 more take 296 s. The next line is due 20 s later, at batch 6.
    assert capsys.readouterr().err == "time: epoch 1/4 batch 3/10 loss 1.500 elapsed 0:24 ETA 4:56\n"
    clock.batch(0, 5, after=8.0)
    assert capsys.readouterr().err == "time: epoch 1/4 batch 6/10 loss 1.500 elapsed 0:48 ETA 4:32\n"


def test_an_epoch_ends_with_its_scores_of_both_sets(clock, capsys):
    clock.start()
    clock.seconds += 3600.0
    clock.end(0, valid_loss=1.25, train_loss=2.0, train_accuracy=0.5)
    expected = "time: epoch 1/4 done | train accuracy 0.500 loss 2.000 | valid loss 1.250 | "
    assert capsys.readouterr().err == expected + "elapsed 1:00:00 ETA 3:00:00\n"


def test_a_line_at_an_epochs_end_counts_as_one_of_the_lines(clock, capsys):
    clock.start()
    clock.seconds += 19.0
    clock.end(0, train_loss=1.0)
    clock.batch(1, 0, after=5.0)
    assert capsys.readouterr().err.count("\n") == 1


def test_what_was_done_before_a_stop_counts_neither_as_done_nor_as_time(clock, capsys):
    clock.start(epoch=2, batch=5)
    assert capsys.readouterr().err == "time: goes on in epoch 3 of 4 after batch 5\n"
    clock.batch(2, 9, after=30.0)
    # 5 of the 15 batches that were left.
    assert capsys.readouterr().err == "time: epoch 3/4 batch 10/10 loss 1.500 elapsed 0:30 ETA 1:00\n"


def test_a_training_that_goes_on_between_two_epochs_says_so(clock, capsys):
    clock.start(epoch=3)
    assert capsys.readouterr().err == "time: goes on after epoch 3 of 4\n"


def test_of_several_processes_the_first_alone_speaks(clock, capsys, monkeypatch):
    monkeypatch.setattr(progress.rank_zero_only, "rank", 1)
    clock.start(epoch=3)
    clock.end(3, train_loss=1.0)
    assert capsys.readouterr().err == ""
