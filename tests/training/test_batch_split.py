"""What several processes make of a batch is what one makes of it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from musasr.training.batch_split import BatchSplit, Means
from musasr.training.distributed import Replica, replicas_here


def replicas(size: int) -> list[Replica]:
    return [Replica(local_rank=local, num_local=size) for local in range(size)]


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(1, 5))
def test_shares_are_all_of_a_batch_and_weigh_its_mean(sizes, num_processes):
    batches = [[f"u{index}-{n}" for n in range(size)] for index, size in enumerate(sizes)]
    shares = [BatchSplit(batches, replica) for replica in replicas(num_processes)]
    handed_out = [list(share) for share in shares]
    for index, batch in enumerate(batches):
        counted = [ids[index][: share.count(index)] for ids, share in zip(handed_out, shares, strict=True)]
        assert sorted(name for part in counted for name in part) == batch
        assert all(ids[index] for ids in handed_out), "a process without an utterance cannot take part"
        # The mean over processes of weighted means over shares, where utterance n has the loss n.
        losses = [torch.tensor([float(name.split("-")[1]) for name in ids[index]]) for ids in handed_out]
        means = [loss.mean() * share.weight(index) for loss, share in zip(losses, shares, strict=True)]
        assert float(sum(means)) / num_processes == pytest.approx((len(batch) - 1) / 2)


def test_an_interrupted_epoch_hands_out_what_was_not_seen_and_keeps_its_length():
    batches = [["a", "b"], ["c"], ["d", "e", "f"]]
    rest = BatchSplit(batches, Replica(), first=1)
    assert (list(rest), len(rest)) == ([["c"], ["d", "e", "f"]], 3)
    assert list(BatchSplit(batches, Replica(local_rank=1, num_local=2), first=1)) == [["c"], ["e"]]


def test_means_over_utterances_go_on_from_a_state():
    whole, first, second = Means(), Means(), Means()
    for part, values in ((first, ((2.0, 3), (5.0, 1))), (second, ((1.0, 4),))):
        for value, count in values:
            whole.add({"loss": torch.tensor(value)}, count)
            part.add({"loss": torch.tensor(value)}, count)
    state = first.state(Replica())
    second_only = second.state(Replica())
    first.load_state(state, Replica())
    first.add({"loss": torch.tensor(1.0)}, 4)
    assert second_only == {"loss": (4.0, 4)}
    assert first.take(Replica()) == whole.take(Replica()) == {"loss": 15.0 / 8}
    assert first.take(Replica()) == {}


def test_the_seats_of_one_machine_and_of_one_among_several(monkeypatch):
    monkeypatch.delenv("SLURM_STEP_NUM_TASKS", raising=False)
    assert replicas_here(1, on_gpu=False) == [Replica()]
    assert [(replica.rank, replica.world_size) for replica in replicas_here(2, on_gpu=True)] == [
        (0, 2),
        (1, 2),
    ]
    step = {"NUM_TASKS": "2", "NODELIST": "gpu[03-05,7]"}
    for name, value in step.items():
        monkeypatch.setenv(f"SLURM_STEP_{name}", value)
    monkeypatch.setenv("SLURM_PROCID", "1")
    monkeypatch.setenv("SLURM_JOB_ID", "123456")
    replicas = replicas_here(2, on_gpu=True)
    assert [(replica.rank, replica.world_size, replica.local_rank) for replica in replicas] == [
        (2, 4, 0),
        (3, 4, 1),
    ]
    assert {(replica.address, replica.port) for replica in replicas} == {("gpu03", 18456)}
