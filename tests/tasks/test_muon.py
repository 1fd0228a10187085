"""Muon: matrices by orthogonal steps, all else as Adam."""

import pytest
import torch
from torch import nn

from musasr.tasks.muon import LEAST, Muon, is_matrix, orthogonal


@pytest.mark.parametrize("shape", [(48, 48), (64, 40), (40, 64)])
def test_an_orthogonal_matrix_has_singular_values_near_1_and_the_directions_of_its_own(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    found = orthogonal(matrix[None])[0]
    values = torch.linalg.svdvals(found)
    assert 0.5 < values.min() < values.max() < 1.3
    assert torch.nn.functional.cosine_similarity(found.flatten(), (left @ right).flatten(), 0) > 0.95


def test_of_nothing_it_makes_nothing():
    assert not orthogonal(torch.zeros(2, 40, 40)).any()


def test_what_is_a_matrix():
    assert is_matrix(nn.Conv1d(64, LEAST, 1).weight)
    assert is_matrix(nn.Conv1d(1, 256, 64).weight)
    assert not is_matrix(nn.Conv1d(128, 128, 3, groups=128).weight)
    assert not is_matrix(nn.Linear(8, 64).weight)
    assert not is_matrix(nn.Linear(64, 64).bias)


def test_all_but_matrices_move_as_with_adam():
    moved = []
    for optimizer in (Muon, torch.optim.Adam):
        vector = nn.Parameter(torch.linspace(-1, 1, 7))
        steps = optimizer([vector], lr=0.01)
        for _ in range(5):
            steps.zero_grad()
            (vector.square().sum() + vector.pow(3).sum()).backward()
            steps.step()
        moved.append(vector.detach())
    assert torch.allclose(*moved, atol=1e-7)


def test_a_step_of_a_matrix_is_as_large_as_one_of_adam():
    matrix = nn.Parameter(torch.zeros(64, 96))
    optimizer = Muon([matrix], lr=0.01)
    matrix.grad = torch.randn(64, 96, generator=torch.Generator().manual_seed(1))
    optimizer.step()
    # 0.2 sqrt(96) U V^T, whose 64 singular values are near 1.
    expected = 0.01 * 0.2 * 96**0.5 * (64 / (64 * 96)) ** 0.5
    assert matrix.detach().square().mean().sqrt().item() == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("shape", [(64, 40), (40, 64)])
def test_matrices_that_move_together_move_as_each_does_alone(shape):
    def moved(*numbers):
        weights = [nn.Parameter(torch.zeros(shape)) for _ in numbers]
        optimizer = Muon(weights, lr=0.01)
        for step in range(2):
            for number, weight in zip(numbers, weights, strict=True):
                weight.grad = torch.randn(shape, generator=torch.Generator().manual_seed(10 * step + number))
            optimizer.step()
        return [weight.detach() for weight in weights]

    for together, alone in zip(moved(1, 2, 3), [*moved(1), *moved(2), *moved(3)], strict=True):
        assert torch.allclose(together, alone, atol=1e-6)


def test_a_state_goes_on_where_it_was():
    def training(num_steps, weight=None, state=None):
        weight = nn.Parameter(torch.eye(40) if weight is None else weight)
        optimizer = Muon([weight], lr=0.01)
        if state:
            optimizer.load_state_dict(state)
        for _ in range(num_steps):
            optimizer.zero_grad()
            (weight - 2).square().sum().backward()
            optimizer.step()
        return weight.detach().clone(), optimizer.state_dict()

    assert torch.equal(training(2, *training(3))[0], training(5)[0])


@pytest.mark.parametrize("wrong", [{"lr": -1.0}, {"eps": -1.0}, {"betas": (1.0, 0.9)}])
def test_what_it_does_not_take(wrong):
    with pytest.raises(ValueError, match="Invalid"):
        Muon([nn.Parameter(torch.zeros(3))], **wrong)
