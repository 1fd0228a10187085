"""Muon: momentum of matrices, made orthogonal before it is a step; Adam for all that is no matrix."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

LEAST = 32  # rows and columns of what counts as a matrix: a depthwise convolution's (H, 3) does not
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the iteration by Jordan et al. 2024
NUM_ITERATIONS = 5
ADAMS_SIZE = 0.2  # root mean square of a step of Adam's, which a step of ours has, too (Liu et al. 2025)
TINY = 1e-7


class Muon(Optimizer):
    """Steps of the same size in all directions of a weight matrix (Jordan et al. 2024).

    For a matrix W (m, n) with gradient G and momentum M = b1 M + (1 - b1) G, the step is
    W - lr 0.2 sqrt(max(m, n)) U V^T, where U S V^T is what lies at b1 between G and M (Nesterov). A
    convolution's weights count as a matrix with a row for each output. Vectors, and matrices with less than
    32 rows or columns, take Adam's step; learning rates are Adam's.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ):
        """Hold what is trained.

        Args:
            params: Parameters, or groups of them.
            lr: Learning rate.
            betas: How much of the mean gradient and, of Adam's part, of the mean square each step keeps.
            eps: Added to the root of the mean square.

        Raises:
            ValueError: One of them is out of its range.
        """
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if eps < 0 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"Invalid betas or eps: {tuple(betas)}, {eps}")
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take a step with the gradients that are there."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            moving = [parameter for parameter in group["params"] if parameter.grad is not None]
            for parameter in moving:
                self._keep_mean(parameter, group)
            alike: dict[object, list[Tensor]] = defaultdict(list)
            for parameter in moving:
                if is_matrix(parameter):
                    alike[parameter.flatten(1).shape, parameter.device].append(parameter)
                else:
                    self._move_as_adam(parameter, group)
            for matrices in alike.values():
                self._turn(matrices, group)
        return loss

    def _keep_mean(self, parameter: Tensor, group: Mapping[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["step"], state["exp_avg"] = torch.zeros(()), torch.zeros_like(parameter)
        state["step"] += 1
        state["exp_avg"].lerp_(parameter.grad, 1 - group["betas"][0])

    def _turn(self, matrices: Sequence[Tensor], group: Mapping[str, Any]) -> None:
        """Move matrices of one shape: together, they are made orthogonal in little over half the time."""
        means = ((one.grad, self.state[one]["exp_avg"]) for one in matrices)
        ahead = torch.stack([torch.lerp(*pair, group["betas"][0]).flatten(1) for pair in means])
        size = group["lr"] * ADAMS_SIZE * max(ahead.shape[1:]) ** 0.5
        for parameter, step in zip(matrices, orthogonal(ahead), strict=True):
            parameter.add_(step.view_as(parameter), alpha=-size)

    def _move_as_adam(self, parameter: Tensor, group: Mapping[str, Any]) -> None:
        state, betas = self.state[parameter], group["betas"]
        square = state.setdefault("exp_avg_sq", torch.zeros_like(parameter))
        square.lerp_(parameter.grad.square(), 1 - betas[1])
        means, squares = (1 - beta ** state["step"].item() for beta in betas)
        denominator = (square / squares).sqrt() + group["eps"]
        parameter.addcdiv_(state["exp_avg"] / means, denominator, value=-group["lr"])


def is_matrix(parameter: Tensor) -> bool:
    """Whether it takes a step of Muon's."""
    return parameter.ndim > 1 and min(len(parameter), parameter[0].numel()) >= LEAST


def orthogonal(matrices: Tensor) -> Tensor:
    """About U V^T of each matrix U S V^T (N, m, n): singular values end at 0.7 to 1.2 (Newton-Schulz)."""
    first, second, third = COEFFICIENTS
    is_tall = matrices.shape[1] > matrices.shape[2]
    wide = matrices.mT if is_tall else matrices
    wide = wide / (wide.flatten(1).norm(dim=1).view(-1, 1, 1) + TINY)
    for _ in range(NUM_ITERATIONS):
        gram = wide @ wide.mT
        gram = torch.baddbmm(gram, gram, gram, beta=second, alpha=third)
        wide = torch.baddbmm(wide, gram, wide, beta=first)
    return wide.mT if is_tall else wide
