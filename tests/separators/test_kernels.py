"""Hand-written gradients against torch's own and against finite differences."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from musasr.separators.kernels import (
    CpuDepthwiseConv,
    CpuPRelu,
    DepthwiseConv,
    PointwiseConv,
    PRelu,
)


@pytest.mark.parametrize("slope", [0.25, -0.3, 0.0, 1.5])
def test_prelu_gradients_match_finite_differences(slope):
    torch.manual_seed(0)
    signal = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([slope], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(CpuPRelu.apply, (signal, weight))


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (3, 4), (5, 2), (1, 1), (3, 9), (3, 40)])
def test_depthwise_gradients_match_finite_differences(kernel, dilation):
    torch.manual_seed(0)
    signal = torch.randn(2, 3, 9, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, kernel, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(CpuDepthwiseConv.apply, (signal, weight, dilation))


@pytest.mark.parametrize("dilation", [1, 8, 100])
def test_depthwise_conv_equals_torchs(dilation):
    torch.manual_seed(0)
    signal, convolve = torch.randn(2, 6, 50), DepthwiseConv(6, 3, dilation)
    expected = functional.conv1d(signal, convolve.weight, padding=dilation, dilation=dilation, groups=6)
    torch.testing.assert_close(convolve(signal), expected)


def test_pointwise_conv_equals_torchs():
    torch.manual_seed(0)
    signal, convolve = torch.randn(2, 6, 50), PointwiseConv(6, 4)
    torch.testing.assert_close(convolve(signal), functional.conv1d(signal, convolve.weight))


def test_prelu_equals_torchs():
    signal = torch.randn(2, 6, 50)
    torch.testing.assert_close(PRelu()(signal), nn.PReLU()(signal))


def test_bfloat16_signals_reach_float32_parameters():
    signal = torch.randn(2, 6, 50).bfloat16().requires_grad_()
    modules = [PRelu(), DepthwiseConv(6, 3, 2), PointwiseConv(6, 4)]
    for module in modules:
        with torch.autocast("cpu", torch.bfloat16):
            output = module(signal)
        output.float().square().sum().backward()
        assert module.weight.grad.dtype == torch.float32
        assert module.weight.grad.isfinite().all()
