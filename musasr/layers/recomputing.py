"""Activations that a training computes again where its backward pass needs them, instead of keeping them."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from musasr.errors import ConfigError


class Recomputing:
    """A module whose parts may be computed again; `recomputes` says whether they are."""

    recomputes = False

    def run(self, part: Callable[..., Tensor], *inputs: Tensor | None) -> Tensor:
        """Return a part's output, the same either way. (No part may draw random numbers.)"""
        if not self.recomputes:
            return part(*inputs)
        return checkpoint(part, *inputs, use_reentrant=False, preserve_rng_state=False)


def recompute_activations(model: nn.Module, *, where: str, needs_any: bool) -> None:
    """Have all parts of a model that can compute their activations again do so.

    Args:
        model: What is trained.
        where: The key that asks for it.
        needs_any: Whether it is a mistake that there is none; not where several models share the key.

    Raises:
        ConfigError: There is none.
    """
    parts = [one for one in model.modules() if isinstance(one, Recomputing)]
    if needs_any and not parts:
        what = "is for Conv-TasNet, of which this model has none"
        raise ConfigError(what, where=where, mend="set it to false")
    for one in parts:
        one.recomputes = True
