"""Muon: momentum of matrices, made orthogonal before it is a step; Adam for all that is no matrix."""

from collections.abc import Callable, Iterable

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
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, **{key: group[key] for key in ("lr", "betas", "eps")})
        return loss

    def _move(self, parameter: Tensor, *, lr: float, betas: tuple[float, float], eps: float) -> None:
        state, gradient = self.state[parameter], parameter.grad
        if not state:
            state["step"], state["exp_avg"] = torch.zeros(()), torch.zeros_like(parameter)
        state["step"] += 1
        mean = state["exp_avg"].lerp_(gradient, 1 - betas[0])
        if is_matrix(parameter):
            ahead = torch.lerp(gradient, mean, betas[0]).flatten(1)
            size = lr * ADAMS_SIZE * max(ahead.shape) ** 0.5
            parameter.add_(orthogonal(ahead).view_as(parameter), alpha=-size)
            return
        square = state.setdefault("exp_avg_sq", torch.zeros_like(parameter))
        square.lerp_(gradient.square(), 1 - betas[1])
        means, squares = (1 - beta ** state["step"].item() for beta in betas)
        parameter.addcdiv_(mean / means, (square / squares).sqrt() + eps, value=-lr)


def is_matrix(parameter: Tensor) -> bool:
    """Whether it takes a step of Muon's."""
    return parameter.ndim > 1 and min(len(parameter), parameter[0].numel()) >= LEAST


def orthogonal(matrix: Tensor) -> Tensor:
    """About U V^T of a matrix U S V^T (m, n): singular values end between 0.7 and 1.2 (Newton-Schulz)."""
    first, second, third = COEFFICIENTS
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / (wide.norm() + TINY)
    for _ in range(NUM_ITERATIONS):
        gram = wide @ wide.T
        wide = first * wide + (second * gram + third * gram @ gram) @ wide
    return wide.T if matrix.shape[0] > matrix.shape[1] else wide
