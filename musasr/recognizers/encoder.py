"""The recogniser's encoder: two strided convolutions, BiLSTM layers, layer normalisation."""

import torch
from espnet2.asr.encoder.abs_encoder import AbsEncoder

from musasr.layers.blstm import BlstmLayer, reverse_index
from musasr.layers.padding import zero_beyond


class ConvBlstmEncoder(AbsEncoder):
    """Two 3x3 convolutions with stride 2 in time and frequency, then BiLSTM layers, then layer normalisation.

    Features cannot be normalised beforehand in a joint model: the normalisation stands behind the encoder.
    Frames beyond an utterance's length are set to zero between the layers and the BiLSTM runs over each
    utterance's own frames: padding changes nothing.
    """

    def __init__(
        self,
        input_size: int,
        conv_channels: int = 32,
        num_layers: int = 5,
        hidden_size: int = 320,
        dropout: float = 0.0,
        projection_size: int | None = None,
        normalize_input: bool = False,
    ):
        """Build the layers.

        Args:
            input_size: Channels of the features F.
            conv_channels: Channels of both convolutions.
            num_layers: BiLSTM layers.
            hidden_size: Units of an LSTM layer and direction.
            dropout: Probability, behind each BiLSTM layer.
            projection_size: Size of a linear layer before the layer normalisation; none if None.
            normalize_input: Remove each utterance's own mean per channel first (not in the paper).
        """
        super().__init__()
        self.normalize_input = normalize_input
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv2d(channels, conv_channels, kernel_size=3, stride=2, padding=1)
            for channels in (1, conv_channels)
        )
        sizes = [conv_channels * halved(halved(input_size)), *[2 * hidden_size] * (num_layers - 1)]
        self.layers = torch.nn.ModuleList(BlstmLayer(size, hidden_size) for size in sizes)
        self.dropout = torch.nn.Dropout(dropout)
        self.projection = torch.nn.Linear(2 * hidden_size, projection_size) if projection_size else None
        self._output_size = projection_size or 2 * hidden_size
        self.norm = torch.nn.LayerNorm(self._output_size)

    def output_size(self) -> int:
        """Return the size D of an output frame."""
        return self._output_size

    def forward(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor, prev_states: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Encode a padded batch.

        Args:
            xs_pad: Features (B, L, F).
            ilens: Numbers of frames (B,).
            prev_states: Not used; the encoder is not streaming.

        Returns:
            Encoded frames (B, ceil(ceil(L / 2) / 2), D), zero beyond the lengths, their numbers (B,), None.
        """
        features, lengths = self.trim(xs_pad, ilens)
        if self.normalize_input:
            features = self.remove_mean(features, lengths)
        frames, lengths = self.convolve(features, lengths)
        frames = self.recur(frames, lengths)
        if self.projection is not None:
            frames = self.projection(frames)
        return zero_beyond(self.norm(frames), lengths, axis=1), lengths, None

    @staticmethod
    def trim(features: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Cut the padding that no utterance needs and set the rest to zero."""
        lengths = lengths.to(features.device)
        return zero_beyond(features[:, : int(lengths.max())], lengths, axis=1), lengths

    @staticmethod
    def remove_mean(features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Subtract each utterance's mean per channel, taken over its own frames (the padding is zero)."""
        mean = features.sum(dim=1, keepdim=True) / lengths.view(-1, 1, 1)
        return zero_beyond(features - mean, lengths, axis=1)

    def convolve(self, features: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map features (B, L, F) to a quarter of the frames (B, L / 4, conv_channels * F / 4)."""
        maps = features.unsqueeze(1)  # (B, 1, L, F)
        for convolution in self.convolutions:
            lengths = halved(lengths)
            maps = torch.relu(convolution(maps))
            maps = zero_beyond(maps, lengths, axis=2)
        return maps.transpose(1, 2).flatten(2), lengths

    def recur(self, frames: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Run the BiLSTM layers over each utterance's own frames: (B, L, ...) to (B, L, 2 * hidden_size)."""
        reversed_index = reverse_index(lengths, frames.size(1))
        for layer in self.layers:
            frames = self.dropout(layer(frames, reversed_index))
        return frames


def halved(length):
    """Return the length (int or tensor) behind a convolution with kernel 3, stride 2, padding 1."""
    return (length - 1) // 2 + 1
