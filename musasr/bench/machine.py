"""What a measurement was made on, and what that can do at most."""

import platform
import time
from dataclasses import dataclass

import torch

from musasr.machine import processor_name
from musasr.training.precision import has_bfloat16

SIZE = {"cpu": 2048, "cuda": 8192}  # of the square matrices
COPY_BYTES = {"cpu": 1 << 28, "cuda": 1 << 32}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Machine:
    """Name and ceilings.

    Attributes:
        name: Of the processor or GPU.
        threads: Of the processor that were used.
        versions: Package -> version.
        gflops: Type, of those that are native -> measured rate of a large matrix product, 1e9 operations per
            second.
        copy_gb: Bytes that a copy reads and writes, 1e9 per second.
    """

    name: str
    threads: int
    versions: dict[str, str]
    gflops: dict[str, float]
    copy_gb: float


def describe(device: str) -> Machine:
    """This machine; its ceilings are measured, in a few seconds."""
    from importlib.metadata import version

    return Machine(
        name=torch.cuda.get_device_name(device) if device != "cpu" else processor_name(),
        threads=torch.get_num_threads(),
        versions={"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "espnet")},
        gflops={
            name: product_gflops(device, dtype)
            for name, dtype in DTYPES.items()
            if dtype == torch.float32 or has_bfloat16(on_gpu=device != "cpu")
        },
        copy_gb=copy_gb_per_second(device),
    )


def product_gflops(device: str, dtype: torch.dtype) -> float:
    """The rate of a product of two large square matrices, 1e9 operations per second: the best of five."""
    size = SIZE["cpu" if device == "cpu" else "cuda"]
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    return 2 * size**3 / _fastest(lambda: left @ right, device) / 1e9


def copy_gb_per_second(device: str) -> float:
    """How fast memory is copied, 1e9 bytes read and written per second: the best of five."""
    source = torch.zeros(COPY_BYTES["cpu" if device == "cpu" else "cuda"], dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * source.numel() / _fastest(lambda: target.copy_(source), device) / 1e9


def _fastest(do, device: str) -> float:
    seconds = []
    for _ in range(6):  # the first warms up
        if device != "cpu":
            torch.cuda.synchronize(device)
        start = time.perf_counter()
        do()
        if device != "cpu":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])
