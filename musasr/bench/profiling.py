"""Where our time goes: by kind of operation, as torch's profiler sees one call of a work."""

from collections.abc import Callable

import torch

REST = "rest"
# Kind -> how names of torch's operators begin, without "aten::" and a last "_"; the longest that fits counts.
KINDS = {
    "products": (
        "mm", "bmm", "addmm", "baddbmm", "mv", "addmv", "addbmm", "dot", "convolution", "mkldnn_convolution",
        "mkldnn_rnn", "mkldnn_linear", "_mkldnn", "cudnn", "_cudnn", "conv_depthwise", "_conv_depthwise",
        "slow_conv", "_slow_conv", "thnn_conv", "_thnn", "linear",
    ),
    "norms": ("native_group_norm", "native_layer_norm", "native_batch_norm", "var", "linalg_vector_norm"),
    "activations": (
        "leaky_relu", "prelu", "_prelu", "relu", "sigmoid", "tanh", "softmax", "_softmax", "log_softmax",
        "_log_softmax", "exp", "log", "threshold",
    ),
    "copies": (
        "copy", "cat", "clone", "contiguous", "index", "gather", "fill", "zero", "empty", "repeat", "stack",
        "constant_pad", "embedding", "unfold", "im2col", "col2im", "to", "_to_copy",
    ),
    "arithmetic": (
        "add", "sub", "mul", "div", "sum", "mean", "square", "sqrt", "rsqrt", "pow", "clamp", "where", "abs",
        "masked_fill", "neg", "addcmul", "addcdiv", "maximum", "minimum", "remainder", "amax",
    ),
    "choices": ("topk", "sort", "max", "min", "argmax"),
}  # fmt: skip


def time_by_kind(do: Callable[[], object], *, device: str) -> dict[str, float]:
    """Fractions of the time of a call, by kind of operation, the largest first; they add up to 1.

    Args:
        do: Called twice: the first call warms up.
        device: Whose time: "cpu", or a GPU's.
    """
    from torch.profiler import ProfilerActivity, profile

    do()
    is_gpu = device != "cpu"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if is_gpu else [])]
    with profile(activities=activities, acc_events=True) as seen:
        do()
        if is_gpu:
            torch.cuda.synchronize(device)
    found = dict.fromkeys([*KINDS, REST], 0.0)
    for event in seen.key_averages():
        if is_gpu and not event.key.startswith("aten::"):
            continue  # a kernel is counted with its operator
        found[kind_of(event.key)] += event.self_device_time_total if is_gpu else event.self_cpu_time_total
    total = sum(found.values()) or 1.0
    return dict(sorted(((kind, time / total) for kind, time in found.items()), key=lambda pair: -pair[1]))


def kind_of(operator: str) -> str:
    """The kind of an operator of torch, such as ``aten::addmm``."""
    name = operator.removeprefix("aten::").removesuffix("_").removesuffix("_backward")
    longest = {
        kind: max((len(one) for one in begins if _is(name, one)), default=0) for kind, begins in KINDS.items()
    }
    kind = max(longest, key=longest.get)
    return kind if longest[kind] else REST


def _is(name: str, begin: str) -> bool:
    """Whether the name is this one, or this one with more behind it that is no other word."""
    return name == begin or name.startswith((f"{begin}_", f"{begin}1d", f"{begin}2d"))
