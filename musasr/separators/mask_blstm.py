"""The frequency-domain separator: a BiLSTM that estimates one mask a source on the amplitude spectrum."""

import torch
from torch import Tensor, nn

from musasr.layers.blstm import BlstmLayer, reverse_index
from musasr.layers.padding import valid_frames, zero_outside
from musasr.separators.masking import MaskingSeparator


class MaskBlstmSeparator(MaskingSeparator):
    """Sigmoid masks, one a source, applied to the complex spectrum (so the mixture's phase stays)."""

    def __init__(
        self,
        input_dim: int,
        num_spk: int = 2,
        num_layers: int = 5,
        hidden_size: int = 320,
        dropout: float = 0.0,
        is_log_amplitude: bool = False,
    ):
        """Build the network; the defaults are the paper's.

        Args:
            input_dim: Bins F of the spectrum.
            num_spk: Sources S.
            num_layers: BiLSTM layers.
            hidden_size: Units of each direction.
            dropout: Fraction of the units dropped between BiLSTM layers.
            is_log_amplitude: Whether the network sees log(1 + amplitude) instead of the amplitude.
        """
        super().__init__(num_spk)
        self.is_log_amplitude = is_log_amplitude
        sizes = [input_dim, *[2 * hidden_size] * (num_layers - 1)]
        self.layers = nn.ModuleList(BlstmLayer(size, hidden_size) for size in sizes)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(2 * hidden_size, num_spk * input_dim)

    def compute_features(self, spectrum: Tensor) -> Tensor:
        """Return what the BiLSTM sees, (B, L, F), of the complex spectrum."""
        amplitude = spectrum.abs()
        return torch.log1p(amplitude) if self.is_log_amplitude else amplitude

    def estimate_masks(self, mixture: Tensor, lengths: Tensor | None) -> tuple[Tensor, ...]:
        """Return S masks in [0, 1], each (B, L, F), zero in the padding, for a complex spectrum (B, L, F)."""
        features = self.compute_features(mixture)
        masks = torch.sigmoid(self.linear(self.read_both_ways(features, lengths)))
        is_inside = valid_frames(lengths, features.shape[1])
        return zero_outside(masks, is_inside, axis=1).chunk(self.num_spk, dim=2)

    def read_both_ways(self, features: Tensor, lengths: Tensor | None) -> Tensor:
        """Return the states of both directions, (B, L, 2 * hidden_size)."""
        num_frames = features.shape[1]
        if lengths is None:
            lengths = torch.full((len(features),), num_frames, device=features.device)
        reversed_index = reverse_index(lengths.to(features.device), num_frames)
        states = self.layers[0](features, reversed_index)
        for layer in self.layers[1:]:
            states = layer(self.dropout(states), reversed_index)
        return states
