"""Conv-TasNet of the paper's size: its forward and a training step, ESPnet's TCNSeparator beside it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from espnet2.enh.separator.tcn_separator import TCNSeparator
from torch import Tensor, nn

from musasr.bench.timing import OURS, Work
from musasr.separators.conv_tasnet import ConvTasNetSeparator
from musasr.training.precision import has_bfloat16

# Woo et al. 2020: N, X, R, B, H, P; an encoder of L = 20 samples and half of that as its hop at 16 kHz.
PAPER = {"input_dim": 256, "layer": 8, "stack": 4, "bottleneck_dim": 256, "hidden_dim": 512, "kernel": 3}
FRAMES_PER_SECOND = 1600
ESPNET = "ESPnet"


EXACT = "float32 without TF32"  # what results are compared in; times are those of torch's defaults


def forward_work(
    *, seconds: float, batch_size: int = 1, device: str = "cpu", sizes: dict | None = None
) -> Work:
    """Masks of encoded mixtures: what recognition does.

    Args:
        seconds: Of each mixture.
        batch_size: Mixtures.
        device: Where to compute.
        sizes: The network's; None: the paper's.
    """
    ours, theirs, mixture, lengths = _build(seconds, batch_size, device, sizes)
    with torch.inference_mode(), full_float32():
        difference = _largest(ours(mixture, lengths)[0], theirs(mixture, lengths)[0])
    ways = _ways(_inference, ours, theirs, mixture, lengths)
    return Work(
        title=f"Conv-TasNet, forward, {batch_size} x {seconds:g} s",
        ways=ways,
        difference=difference,
        unit=f"largest difference of a masked feature, {EXACT}",
        audio_seconds=seconds * batch_size,
        floating_operations=2 * _products(ours) * mixture.shape[0] * mixture.shape[1],
    )


def training_work(
    *,
    seconds: float,
    batch_size: int = 2,
    device: str = "cpu",
    sizes: dict | None = None,
    is_padded: bool = True,
) -> Work:
    """Forward and backward of a batch; padded: every second mixture is a quarter shorter.

    Args:
        seconds: Of the longest mixture.
        batch_size: Mixtures.
        device: Where to compute.
        sizes: The network's; None: the paper's.
        is_padded: Whether mixtures differ in length. (ESPnet's normalises over the padding, so that its
            gradients of a padded batch are others: the difference is that of an unpadded one.)
    """
    ours, theirs, mixture, lengths = _build(seconds, batch_size, device, sizes)
    with full_float32():
        gradients = [_gradients(separator, mixture, lengths) for separator in (ours, theirs)]
    difference = max(_largest_gradient(one, other) for one, other in zip(*gradients, strict=True))
    if is_padded:
        lengths = _padded(lengths)
    ways = _ways(training_step, ours, theirs, mixture, lengths)
    return Work(
        title=f"Conv-TasNet, training step, {batch_size} x {seconds:g} s{', padded' if is_padded else ''}",
        ways=ways,
        difference=difference,
        unit=f"largest relative difference of a gradient, not padded, {EXACT}",
        audio_seconds=seconds * batch_size,
        floating_operations=6 * _products(ours) * mixture.shape[0] * mixture.shape[1],
    )


@contextmanager
def full_float32() -> Iterator[None]:
    """Within it a GPU's convolutions keep all bits of float32: torch lets cuDNN drop the last 13."""
    places = (torch.backends.cudnn, torch.backends.cuda.matmul)
    before = [place.allow_tf32 for place in places]
    try:
        for place in places:
            place.allow_tf32 = False
        yield
    finally:
        for place, allowed in zip(places, before, strict=True):
            place.allow_tf32 = allowed


def _build(
    seconds: float, batch_size: int, device: str, sizes: dict | None
) -> tuple[nn.Module, nn.Module, Tensor, Tensor]:
    """Both separators with the same weights, and encoded mixtures (B, L, N) for them."""
    torch.manual_seed(0)
    sizes = sizes or PAPER
    ours, theirs = ConvTasNetSeparator(**sizes), TCNSeparator(**sizes, num_spk=2, norm_type="gLN")
    theirs.load_state_dict(ours.state_dict())
    mixture, lengths = _mixtures(seconds, batch_size, sizes)
    return ours.to(device), theirs.to(device), mixture.to(device), lengths.to(device)


def separator_and_mixtures(
    seconds: float, batch_size: int, sizes: dict | None = None
) -> tuple[ConvTasNetSeparator, Tensor, Tensor]:
    """Our separator, encoded mixtures (B, L, N), and their lengths: every second one is a quarter shorter."""
    torch.manual_seed(0)
    separator = ConvTasNetSeparator(**(sizes or PAPER))
    mixture, lengths = _mixtures(seconds, batch_size, sizes or PAPER)
    return separator, mixture, _padded(lengths)


def _mixtures(seconds: float, batch_size: int, sizes: dict) -> tuple[Tensor, Tensor]:
    num_frames = round(seconds * FRAMES_PER_SECOND)
    return torch.rand(batch_size, num_frames, sizes["input_dim"]), torch.full((batch_size,), num_frames)


def _padded(lengths: Tensor) -> Tensor:
    lengths = lengths.clone()
    lengths[1::2] -= lengths[0] // 4
    return lengths


def _ways(
    make: Callable[..., Callable[[], object]],
    ours: nn.Module,
    theirs: nn.Module,
    mixture: Tensor,
    lengths: Tensor,
) -> dict[str, Callable[[], object]]:
    """Both separators at work, and in bfloat16 too where it is native: elsewhere it takes minutes."""
    ways = {OURS: make(ours, mixture, lengths), ESPNET: make(theirs, mixture, lengths)}
    if has_bfloat16(on_gpu=mixture.is_cuda):
        half = torch.autocast(mixture.device.type, dtype=torch.bfloat16)
        ways[f"{OURS}, bfloat16"] = make(ours, mixture, lengths, precision=half)
        ways[f"{ESPNET}, bfloat16"] = make(theirs, mixture, lengths, precision=half)
    return ways


def _products(separator: ConvTasNetSeparator) -> int:
    """Multiplications of a frame: every weight is used once."""
    return sum(parameter.numel() for parameter in separator.parameters() if parameter.ndim == 3)


def _inference(
    separator: nn.Module, mixture: Tensor, lengths: Tensor, precision: AbstractContextManager | None = None
) -> Callable[[], object]:
    @torch.inference_mode()
    def run() -> None:
        with precision or nullcontext():
            separator(mixture, lengths)

    return run


def training_step(
    separator: nn.Module, mixture: Tensor, lengths: Tensor, precision: AbstractContextManager | None = None
) -> Callable[[], object]:
    """A call that computes all gradients of a simple loss."""

    def run() -> None:
        separator.zero_grad(set_to_none=True)
        with precision or nullcontext():
            estimates = separator(mixture, lengths)[0]
        sum(estimate.float().square().mean() for estimate in estimates).backward()

    return run


def _gradients(separator: nn.Module, mixture: Tensor, lengths: Tensor) -> list[Tensor]:
    training_step(separator, mixture, lengths)()
    return [parameter.grad.clone() for _, parameter in sorted(separator.named_parameters())]


def _largest(ours: list[Tensor], theirs: list[Tensor]) -> float:
    return max(float((one - other).abs().max()) for one, other in zip(ours, theirs, strict=True))


def _largest_gradient(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1e-12))
