"""From a U-Net's maps to the mask of a spectrum: of its magnitudes alone, or of its phases too."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from musasr.errors import ConfigError, suggest

SHORTEST = 1e-8  # of a direction's squared length: keeps the gradient where a direction vanishes


def of_magnitudes(maps: Tensor) -> Tensor:
    """A mask (B, L, F) between 0 and 1, of maps (B, 1, L, F): the phase stays the mixture's."""
    return torch.sigmoid(maps[:, 0])


def of_phases(maps: Tensor) -> Tensor:
    """A complex mask (B, L, F) of maps (B, 3, L, F): a magnitude, and how far the phase is turned.

    The two last maps give a direction (1 + a, b), whose angle is added to the mixture's (Kong et al. 2021,
    "Decoupling magnitude and phase estimation"; theirs is (tanh a, tanh b)). Where both are 0 no phase turns.
    """
    magnitude, real, imaginary = maps.float().unbind(dim=1)
    real = 1 + real
    scale = torch.sigmoid(magnitude) * (real.square() + imaginary.square()).clamp_min(SHORTEST).rsqrt()
    return torch.complex(scale * real, scale * imaginary)


class Mask(NamedTuple):
    """How many maps (B, K, L, F) a mask is made of, and how."""

    num_maps: int
    make: Callable[[Tensor], Tensor]


MASKS = {"magnitude": Mask(1, of_magnitudes), "phase": Mask(3, of_phases)}


def mask_of(kind: str) -> Mask:
    """The mask of that name.

    Raises:
        ConfigError: There is none.
    """
    if kind not in MASKS:
        raise ConfigError(f"unknown mask {kind!r}", where="mask", mend=suggest(kind, MASKS))
    return MASKS[kind]
