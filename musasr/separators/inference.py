"""Conv-TasNet's blocks where nobody asks for a gradient: the same values from two buffers.

A tensor beyond 32 MiB (eight mixtures, or half a minute of a film) comes from the system as pages that are
filled with zeros when they are first written, which takes longer than what is computed into them. So the
blocks write into the same two buffers again and again; and a normalisation, as it is a scale and a shift of
each channel, is part of the weights of the convolution behind it: W (s x + t) = (W s) x + W t.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.separators.kernels import overlap
from musasr.separators.layers import EPSILON, GlobalLayerNorm


def add_blocks(signal: Tensor, blocks: Iterable[nn.Module], lengths: Sequence[int]) -> Tensor:
    """Return what the blocks make of a signal, written over it.

    Args:
        signal: (B, C, L) on a CPU; the blocks change it, within each utterance's own frames alone.
        blocks: Each a `musasr.separators.conv_tasnet.ConvBlock`.
        lengths: Valid frames of each utterance.
    """
    blocks = [Block(block, signal.dtype) for block in blocks]
    size = max((block.num_hidden for block in blocks), default=0) * max(lengths)
    buffers = signal.new_empty(2, size)
    with torch.autocast("cpu", enabled=False):  # which would copy whole signals into float32 for a norm
        for own, length in zip(signal, lengths, strict=True):
            for block in blocks:
                shape = (block.num_hidden, length)
                block.add(own[:, :length], *(one[: block.num_hidden * length].view(shape) for one in buffers))
    return signal


class Block:
    """A block's weights, as one utterance meets them."""

    def __init__(self, block: nn.Module, dtype: torch.dtype):
        """Take the weights of a `ConvBlock`, in the signal's type."""
        expand, activate, self.normalise, separable = block.net
        depthwise, activate_again, self.normalise_again, project = separable.net
        self.slopes = activate.weight.item(), activate_again.weight.item()
        self.expand = expand.weight.squeeze(2).to(dtype)
        self.depthwise, self.dilation = depthwise.weight.squeeze(1), depthwise.dilation[0]
        self.project = project.weight.squeeze(2)
        self.num_hidden = len(self.expand)

    def add(self, signal: Tensor, hidden: Tensor, convolved: Tensor) -> None:
        """Add to the signal (C, L) what the block gives; hidden and convolved (H, L) are written over."""
        torch.mm(self.expand, signal, out=hidden)
        functional.leaky_relu_(hidden, self.slopes[0])
        scale, shift = scale_and_shift(hidden, self.normalise)
        convolve(hidden, self.depthwise * scale, self.depthwise * shift, self.dilation, out=convolved)
        functional.leaky_relu_(convolved, self.slopes[1])
        scale, shift = scale_and_shift(convolved, self.normalise_again)
        signal.addmm_((self.project * scale.T).to(signal.dtype), convolved)
        signal.add_((self.project * shift.T).sum(dim=1, keepdim=True).to(signal.dtype))


def scale_and_shift(signal: Tensor, normalise: GlobalLayerNorm) -> tuple[Tensor, Tensor]:
    """Return s and t (C, 1) with which gLN of a signal (C, L) is s y + t (Luo & Mesgarani 2019, eq. 7-8)."""
    # Two quick passes over the rows, then float64. What bfloat16 rounds off a row's sum (added up in float32)
    # is lost among the rows; to ask for float32 would copy the signal.
    means = signal.sum(dim=1, keepdim=True).double() / signal.shape[1]
    norms = torch.linalg.vector_norm(signal, dim=1, keepdim=True).double()
    mean = means.mean()
    variance = norms.square().mean() / signal.shape[1] - mean.square()
    scale = normalise.gamma[0] * torch.rsqrt(variance.clamp(min=0) + EPSILON)  # rounding may leave less
    dtype = torch.promote_types(signal.dtype, torch.float32)
    return scale.to(dtype), (normalise.beta[0] - scale * mean).to(dtype)


def convolve(signal: Tensor, scaled: Tensor, shifted: Tensor, dilation: int, *, out: Tensor) -> None:
    """Write the depthwise convolution of s y + t, around which zeros stand.

    Args:
        signal: y, (H, L).
        scaled: The taps times s, (H, P).
        shifted: The taps times t, (H, P).
        dilation: Frames between taps.
        out: Where to, (H, L).
    """
    middle = scaled.shape[1] // 2
    torch.mul(signal, scaled[:, middle, None].to(out.dtype), out=out)
    out.add_(shifted.sum(dim=1, keepdim=True).to(out.dtype))
    for tap in range(scaled.shape[1]):
        shift = (tap - middle) * dilation
        if not shift:
            continue
        if abs(shift) < signal.shape[1]:
            target, source = overlap(out, signal, shift)
            target.addcmul_(source, scaled[:, tap, None].to(out.dtype))
        beyond = out[:, -shift:] if shift > 0 else out[:, :-shift]  # where the tap meets a zero, and not t
        beyond.sub_(shifted[:, tap, None].to(out.dtype))
