"""The recogniser's encoder: two strided convolutions, BiLSTM layers, layer normalisation."""

import torch
from espnet2.asr.encoder.abs_encoder import AbsEncoder

from musasr.recognizers.features import within_lengths


def open_forget_gates(lstm: torch.nn.Module, bias: float = 1.0) -> None:
    """Set the forget gates' bias of an LSTM or LSTMCell, so that it remembers from the first step on.

    Args:
        lstm: Module with bias_ih* and bias_hh* of shape (4 * hidden_size,), in torch's order ifgo.
        bias: The value; the two biases add up, so bias_hh gets 0.
    """
    with torch.no_grad():
        for name, parameter in lstm.named_parameters():
            if "bias" in name:
                forget = parameter.chunk(4)[1]
                forget.fill_(bias if "bias_ih" in name else 0.0)


class BlstmLayer(torch.nn.Module):
    """One bidirectional LSTM layer over padded utterances.

    The backward direction runs over each utterance turned round in its own length, so that padding comes last
    for both directions and changes nothing. This takes half the time of a packed sequence on a CPU, where
    packing keeps torch from its fused LSTM.
    """

    def __init__(self, input_size: int, hidden_size: int):
        """Build both directions.

        Args:
            input_size: Size of an input frame.
            hidden_size: Units of a direction.
        """
        super().__init__()
        self.directions = torch.nn.ModuleList(
            torch.nn.LSTM(input_size, hidden_size, batch_first=True) for _ in ("forward", "backward")
        )
        for lstm in self.directions:
            open_forget_gates(lstm)

    def forward(self, frames: torch.Tensor, turned: torch.Tensor) -> torch.Tensor:
        """Map frames (B, L, input_size) to (B, L, 2 * hidden_size); `turned` (B, L) is from `turn_round`."""
        ahead, back = self.directions
        return torch.cat([ahead(frames)[0], pick(back(pick(frames, turned))[0], turned)], dim=2)


def turn_round(lengths: torch.Tensor, num_frames: int) -> torch.Tensor:
    """Return the frame indices (B, L) that reverse each utterance and leave its padding in place."""
    index = torch.arange(num_frames, device=lengths.device).expand(len(lengths), -1)
    mirrored = lengths.unsqueeze(1) - 1 - index
    return torch.where(mirrored >= 0, mirrored, index)


def pick(frames: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Return the frames (B, L, D) in another order (B, L)."""
    return frames.gather(1, index.unsqueeze(2).expand_as(frames))


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
        return mask_frames(self.norm(frames), lengths), lengths, None

    @staticmethod
    def trim(features: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Cut the padding that no utterance needs and set the rest to zero."""
        lengths = lengths.to(features.device)
        return mask_frames(features[:, : int(lengths.max())], lengths), lengths

    @staticmethod
    def remove_mean(features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Subtract each utterance's mean per channel, taken over its own frames (the padding is zero)."""
        mean = features.sum(dim=1, keepdim=True) / lengths.view(-1, 1, 1)
        return mask_frames(features - mean, lengths)

    def convolve(self, features: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map features (B, L, F) to a quarter of the frames (B, L / 4, conv_channels * F / 4)."""
        maps = features.unsqueeze(1)  # (B, 1, L, F)
        for convolution in self.convolutions:
            lengths = halved(lengths)
            maps = torch.relu(convolution(maps))
            maps = maps.masked_fill(~within_lengths(lengths, maps.size(2))[:, None, :, None], 0.0)
        return maps.transpose(1, 2).flatten(2), lengths

    def recur(self, frames: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Run the BiLSTM layers over each utterance's own frames: (B, L, ...) to (B, L, 2 * hidden_size)."""
        turned = turn_round(lengths, frames.size(1))
        for layer in self.layers:
            frames = self.dropout(layer(frames, turned))
        return frames


def halved(length):
    """Return the length (int or tensor) behind a convolution with kernel 3, stride 2, padding 1."""
    return (length - 1) // 2 + 1


def mask_frames(frames: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Set the frames (B, L, ...) beyond the lengths (B,) to zero."""
    return frames.masked_fill(~within_lengths(lengths, frames.size(1)).unsqueeze(2), 0.0)
