"""How a query acts on a convolution's output: channel by channel, as an offset or as scale and offset."""

import torch
from torch import Tensor, nn

from musasr.errors import ConfigError, suggest


class BiasFilm(nn.Module):
    """H + beta(q): what the authors' code does; beta is not negative."""

    def __init__(self, query_size: int, num_channels: int):
        """Build the network of beta: q (D) -> 2C -> C, a rectifier behind each layer."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(query_size, 2 * num_channels),
            nn.ReLU(),
            nn.Linear(2 * num_channels, num_channels),
            nn.ReLU(),
        )

    def forward(self, signal: Tensor, query: Tensor) -> Tensor:
        """Shift a signal (B, C, L, F) by what the query (B, D) says of each channel."""
        return signal + self.layers(query)[:, :, None, None]


class AffineFilm(nn.Module):
    """gamma(q) H + beta(q): the paper's equation 3; gamma is 1 plus what is learnt."""

    def __init__(self, query_size: int, num_channels: int):
        """Build the network of both: q (D) -> 2C -> 2C, a rectifier between."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(query_size, 2 * num_channels),
            nn.ReLU(),
            nn.Linear(2 * num_channels, 2 * num_channels),
        )

    def forward(self, signal: Tensor, query: Tensor) -> Tensor:
        """Scale and shift a signal (B, C, L, F) by what the query (B, D) says of each channel."""
        scale, shift = self.layers(query)[:, :, None, None].chunk(2, dim=1)
        return torch.addcmul(shift, signal, 1 + scale)


FILMS = {"bias": BiasFilm, "affine": AffineFilm}


def film_of(kind: str) -> type[nn.Module]:
    """The class of that name.

    Raises:
        ConfigError: There is none.
    """
    if kind not in FILMS:
        raise ConfigError(f"unknown film {kind!r}", where="film", mend=suggest(kind, FILMS))
    return FILMS[kind]
