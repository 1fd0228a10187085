"""The machine that a figure was measured on."""

import os
import platform
from pathlib import Path


def processor_name() -> str:
    """As the kernel calls it, with the vector instructions that decide most."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if os.path.exists("/proc/cpuinfo") else []
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = set(fields.get("flags", "").split())
    known = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    return ", ".join([fields.get("model name", platform.machine()), *known])
