"""Gradients written by hand where torch's own are several times slower on a CPU; the values are the same."""

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


class PRelu(nn.PReLU):
    """PReLU with one slope; its backward on a CPU is about seven times faster than torch's."""

    def forward(self, signal: Tensor) -> Tensor:
        """Return max(y, 0) + slope min(y, 0), of any shape."""
        return CpuPRelu.apply(signal, self.weight) if is_on_cpu(signal) else super().forward(signal)


class DepthwiseConv(nn.Conv1d):
    """Depthwise dilated convolution with as many frames out as in; zeros stand around the signal.

    On a CPU a tap is one shifted multiply-add, which does not slow down with the dilation as torch's does.
    """

    def __init__(self, num_channels: int, kernel: int, dilation: int):
        """Make one odd `kernel` of taps, `dilation` frames apart, for each channel."""
        super().__init__(
            num_channels,
            num_channels,
            kernel,
            padding=(kernel - 1) // 2 * dilation,
            dilation=dilation,
            groups=num_channels,
            bias=False,
        )

    def forward(self, signal: Tensor) -> Tensor:
        """Return the convolved signal: (B, C, L) in and out."""
        if not is_on_cpu(signal):
            return super().forward(signal)
        return CpuDepthwiseConv.apply(signal, self.weight.to(signal.dtype).squeeze(1), self.dilation[0])


def is_on_cpu(signal: Tensor) -> bool:
    """Tell whether the hand-written gradients pay."""
    return signal.device.type == "cpu"


class PointwiseConv(nn.Conv1d):
    """1x1 convolution without bias; on a CPU a batched product, which takes three quarters of the time."""

    def __init__(self, num_inputs: int, num_outputs: int):
        """Mix `num_inputs` channels into `num_outputs`."""
        super().__init__(num_inputs, num_outputs, 1, bias=False)

    def forward(self, signal: Tensor) -> Tensor:
        """Return (B, num_outputs, L) of the signal (B, num_inputs, L)."""
        if not is_on_cpu(signal):
            return super().forward(signal)
        return torch.bmm(self.weight.squeeze(2).expand(len(signal), -1, -1), signal)


class CpuPRelu(torch.autograd.Function):
    """PReLU as a leaky ReLU (vectorised both ways) whose slope has a gradient."""

    @staticmethod
    def forward(ctx, signal: Tensor, slope: Tensor) -> Tensor:
        """Return the activated signal."""
        ctx.save_for_backward(signal, slope)
        return functional.leaky_relu(signal, slope.item())

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradients of the signal and of the slope."""
        signal, slope = ctx.saved_tensors
        to_signal = torch.ops.aten.leaky_relu_backward(gradient, signal, slope.item(), False)
        return to_signal, inner_product(gradient, signal.clamp(max=0)).to(slope.dtype).view_as(slope)


class CpuDepthwiseConv(torch.autograd.Function):
    """Sum over the taps p of weight[:, p] times the signal shifted by (p - middle) * dilation frames."""

    @staticmethod
    def forward(ctx, signal: Tensor, weight: Tensor, dilation: int) -> Tensor:
        """Return (B, C, L) of the signal (B, C, L) and the weight (C, P)."""
        ctx.save_for_backward(signal, weight)
        ctx.dilation = dilation
        return sum_shifted(signal, weight, dilation)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        """Return the gradients of the signal (shifts the other way) and of the weight."""
        signal, weight = ctx.saved_tensors
        to_signal = sum_shifted(gradient, weight.flip(1), ctx.dilation)
        middle = weight.shape[1] // 2
        shifts = [(p - middle) * ctx.dilation for p in range(weight.shape[1])]
        to_weight = torch.stack([correlate(gradient, signal, shift) for shift in shifts], dim=1)
        return to_signal, to_weight, None


def inner_product(one: Tensor, other: Tensor) -> Tensor:
    """Return the sum of one times other, ()."""
    if one.dtype.itemsize < 4:  # a long sum needs more digits than 16 bits have
        return (one * other).sum(-1).sum(dtype=torch.float32)
    return torch.dot(one.reshape(-1), other.reshape(-1))


def sum_shifted(signal: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Return the sum of the shifted, weighted copies of the signal, (B, C, L)."""
    middle = weight.shape[1] // 2
    total = signal * weight[:, middle : middle + 1]
    for p in range(weight.shape[1]):
        shift = (p - middle) * dilation
        if shift and abs(shift) < signal.shape[-1]:
            target, source = overlap(total, signal, shift)
            target.addcmul_(source, weight[:, p : p + 1])
    return total


def correlate(gradient: Tensor, signal: Tensor, shift: int) -> Tensor:
    """Return the inner product over utterances and frames of gradient[l] and signal[l + shift], (C,)."""
    if abs(shift) >= signal.shape[-1]:
        return signal.new_zeros(signal.shape[1])
    target, source = overlap(gradient, signal, shift)
    # Two sums: one over two axes that do not touch is far slower.
    return (target * source).sum(-1).sum(0)


def overlap(target: Tensor, source: Tensor, shift: int) -> tuple[Tensor, Tensor]:
    """Return the views target[l] and source[l + shift] over all l for which both exist."""
    num_frames = source.shape[-1]
    first, last = max(0, -shift), min(num_frames, num_frames - shift)
    return target[..., first:last], source[..., first + shift : last + shift]
