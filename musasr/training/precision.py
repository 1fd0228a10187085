"""In which arithmetic a training runs: bfloat16 only where the hardware multiplies it itself."""

import torch

from musasr.errors import ConfigError

AUTO, SINGLE, MIXED, HALF = "auto", "32-true", "bf16-mixed", "16-mixed"


def choose_precision(precision: str, *, on_gpu: bool, where: str) -> str:
    """Lightning's precision for this machine.

    A processor without bfloat16 arithmetic computes a product of such matrices 15 to 30 times slower than in
    float32, and torch's LSTM fails there.

    Args:
        precision: One of Lightning's, or "auto": "bf16-mixed" where bfloat16 is native, else "32-true".
        on_gpu: Whether the training runs on GPUs.
        where: The setting's place, for the message.

    Raises:
        ConfigError: bfloat16 was asked for by name, and is not native; or half precision without a GPU.
    """
    if precision == AUTO:
        return MIXED if has_bfloat16(on_gpu=on_gpu) else SINGLE
    if precision == HALF and not on_gpu:
        what = f"{precision} is for GPUs"
        raise ConfigError(what, where=where, mend=f"set it to {AUTO} or {SINGLE}, or add --ngpu 1")
    if "bf16" in precision and not has_bfloat16(on_gpu=on_gpu):
        what = f"{precision}: this {'GPU' if on_gpu else 'processor'} has no bfloat16 arithmetic"
        raise ConfigError(what, where=where, mend=f"set it to {AUTO} or {SINGLE}")
    return precision


def has_bfloat16(*, on_gpu: bool) -> bool:
    """Whether bfloat16 is native: on a GPU since Ampere, on an x86 processor with AVX512-BF16 or AMX.

    oneDNN, which is asked elsewhere, says yes of every AVX512: there it emulates, at a third or a quarter of
    float32's speed.
    """
    if on_gpu:
        return torch.cuda.is_bf16_supported(including_emulation=False)
    processor = torch.cpu.get_capabilities()
    if processor.get("architecture") == "x86_64":
        return processor["avx512_bf16"] or processor["amx_bf16"]
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()
