"""The time-domain separator: Conv-TasNet's mask network (Luo & Mesgarani 2019, figure 1 B and C)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.layers.padding import valid_frames, zero_outside
from musasr.layers.recomputing import Recomputing
from musasr.separators.inference import add_blocks
from musasr.separators.kernels import DepthwiseConv, PointwiseConv, PRelu, is_on_cpu
from musasr.separators.layers import ChannelwiseLayerNorm, GlobalLayerNorm
from musasr.separators.masking import MaskingSeparator, one_by_one

MASK_FUNCTIONS = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "linear": lambda score: score,
}


class ConvTasNetSeparator(MaskingSeparator):
    """One mask a source on the learned representation of the mixture, sources in a fixed order.

    Stands between ESPnet's ConvEncoder and ConvDecoder and takes the options of ESPnet's TCNSeparator
    (norm_type gLN, not causal). The names of its parameters are ESPnet's too: checkpoints go both ways.
    Unlike ESPnet's, an utterance gets the same masks alone and in a padded batch.
    """

    def __init__(
        self,
        input_dim: int,
        num_spk: int = 2,
        layer: int = 8,
        stack: int = 3,
        bottleneck_dim: int = 128,
        hidden_dim: int = 512,
        kernel: int = 3,
        nonlinear: str = "relu",
    ):
        """Build the network; in brackets the paper's letters.

        Args:
            input_dim: Channels of the encoder (N).
            num_spk: Sources S (C).
            layer: Convolutional blocks in a stack, dilated by 1, 2, 4 ... (X).
            stack: Stacks (R).
            bottleneck_dim: Channels between the blocks (B).
            hidden_dim: Channels inside a block (H).
            kernel: Taps of the depthwise convolutions, odd (P).
            nonlinear: What makes masks of the scores: relu, sigmoid, tanh or linear.

        Raises:
            ValueError: `nonlinear` is unknown or `kernel` is even.
        """
        super().__init__(num_spk)
        if nonlinear not in MASK_FUNCTIONS:
            raise ValueError(f"nonlinear is {nonlinear!r}; choose from {', '.join(MASK_FUNCTIONS)}")
        if kernel % 2 == 0:
            raise ValueError(f"kernel is {kernel}; an even kernel has no middle: choose an odd one")
        self.mask_function = MASK_FUNCTIONS[nonlinear]
        self.tcn = TemporalConvNet(input_dim, num_spk, layer, stack, bottleneck_dim, hidden_dim, kernel)

    def estimate_masks(self, mixture: Tensor, lengths: Tensor | None) -> tuple[Tensor, ...]:
        """Return S masks, each (B, L, N), zero in the padding, for the encoded mixture (B, L, N)."""
        is_inside = valid_frames(lengths, mixture.shape[1])
        masks = self.mask_function(self.tcn(mixture.transpose(1, 2), is_inside))
        return zero_outside(masks, is_inside, axis=1).chunk(self.num_spk, dim=2)


class TemporalConvNet(Recomputing, nn.Module):
    """Figure 1 B: norm, bottleneck, R stacks of X dilated blocks, PReLU, 1x1 convolution to the scores."""

    def __init__(
        self,
        input_dim: int,
        num_spk: int,
        layer: int,
        stack: int,
        bottleneck_dim: int,
        hidden_dim: int,
        kernel: int,
    ):
        """Build the boxes of the figure; arguments as in `ConvTasNetSeparator`."""
        super().__init__()
        # Nested as ESPnet nests them, because the nesting is the name of a parameter in a checkpoint.
        self.network = nn.Sequential(
            ChannelwiseLayerNorm(input_dim),
            PointwiseConv(input_dim, bottleneck_dim),
            nn.Sequential(
                *(
                    nn.Sequential(
                        *(ConvBlock(bottleneck_dim, hidden_dim, kernel, 2**x) for x in range(layer))
                    )
                    for _ in range(stack)
                )
            ),
            PRelu(),
            PointwiseConv(bottleneck_dim, num_spk * input_dim),
        )

    def forward(self, mixture: Tensor, is_inside: Tensor | None) -> Tensor:
        """Return the mask scores, (B, L, S * N), of the mixture, (B, N, L)."""
        if is_inside is not None and is_on_cpu(mixture) and torch.is_grad_enabled():
            return one_by_one(lambda own: self(own.transpose(1, 2), None), mixture.transpose(1, 2), is_inside)
        normalise, narrow, stacks, activate, widen = self.network
        signal = narrow(zero_outside(normalise(mixture), is_inside, axis=2))
        blocks = [block for stack in stacks for block in stack]
        if is_on_cpu(signal) and not torch.is_grad_enabled():
            lengths = [signal.shape[2]] * len(signal) if is_inside is None else is_inside.sum(dim=1).tolist()
            signal = add_blocks(signal, blocks, lengths)
        else:
            for block in blocks:
                signal = signal + self.run(block, signal, is_inside)
        # Frames first, as the mixture that the masks meet: other strides cost more than the product.
        return functional.linear(activate(signal).transpose(1, 2), widen.weight.squeeze(2))


class ConvBlock(nn.Module):
    """Figure 1 C: 1x1 convolution, PReLU, gLN, then the depthwise separable convolution."""

    def __init__(self, num_channels: int, hidden_dim: int, kernel: int, dilation: int):
        super().__init__()
        self.net = nn.Sequential(
            PointwiseConv(num_channels, hidden_dim),
            PRelu(),
            GlobalLayerNorm(hidden_dim),
            DepthwiseSeparableConv(hidden_dim, num_channels, kernel, dilation),
        )

    def forward(self, signal: Tensor, is_inside: Tensor | None) -> Tensor:
        """Return what the block adds to its input: (B, C, L) in and out, zero in the padding."""
        expand, activate, normalise, convolve = self.net
        return convolve(normalise(activate(expand(signal)), is_inside), is_inside)


class DepthwiseSeparableConv(nn.Module):
    """Figure 1 C, lower half: depthwise dilated convolution, PReLU, gLN, 1x1 convolution."""

    def __init__(self, hidden_dim: int, num_channels: int, kernel: int, dilation: int):
        super().__init__()
        self.net = nn.Sequential(
            DepthwiseConv(hidden_dim, kernel, dilation),
            PRelu(),
            GlobalLayerNorm(hidden_dim),
            PointwiseConv(hidden_dim, num_channels),
        )

    def forward(self, signal: Tensor, is_inside: Tensor | None) -> Tensor:
        """Return (B, C, L) of (B, H, L), which is zero in the padding as every frame of the output is."""
        depthwise, activate, normalise, project = self.net
        return project(normalise(activate(depthwise(signal)), is_inside))
