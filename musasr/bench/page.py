"""Measurements for people: a table, and a page with the machine, the versions and the date."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from musasr.bench.machine import Machine
from musasr.bench.timing import OURS, Measurement

HEAD = """# How fast

Ours beside peers on the same work: the ways of a row take turns in one run, and the medians of their times
stand here. `musasr bench --all` (`--ngpu 1` on a GPU) writes a machine's section anew; *x ours* is a way's
time over ours.

"""


def as_json(measurements: Sequence[Measurement], machine: Machine) -> dict[str, Any]:
    """What `musasr bench --json` prints."""
    return {
        "machine": asdict(machine),
        "measurements": [asdict(one) | {"ratios": one.ratios} for one in measurements],
    }


def table(measurements: Sequence[Measurement]) -> str:
    """A table in Markdown: a row for each work and each way of doing it."""
    lines = ["| work | by | median s | x ours | real-time factor | difference |", "|---|---|---|---|---|---|"]
    for one in measurements:
        for name, seconds in one.seconds.items():
            is_ours = name == OURS
            ratio = "1" if is_ours else f"{one.ratios[name]:.2f}"
            factor = f"{one.real_time_factor:.3g}" if is_ours else ""
            difference = f"{one.difference:.1e} ({one.unit})" if is_ours else ""
            title = one.title if is_ours else ""
            lines.append(f"| {title} | {name} | {seconds:.4g} | {ratio} | {factor} | {difference} |")
    return "\n".join(lines) + "\n"


def page(
    measurements: Sequence[Measurement], machine: Machine, *, date: str, commit: str, command: str
) -> str:
    """The section of BENCH.md about one machine."""
    ceilings = ", ".join(f"{name} products {rate:,.0f} GFLOP/s" for name, rate in machine.gflops.items())
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    shares = "".join(
        f"- {one.title}: {one.gflops:,.0f} GFLOP/s of products,"
        f" {_share(one, machine):.0f} % of the float32 ceiling\n"
        for one in measurements
        if one.gflops is not None
    )
    made = f"`{command}`, commit {commit}, {date}. {machine.threads} threads; {versions}."
    limits = f"Ceilings measured in the same run: {ceilings}; memory {machine.copy_gb:,.0f} GB/s."
    tables = f"{table(measurements)}\n{shares}{profiles(measurements, machine)}"
    return f"## {machine.name}\n\n{made} {limits}\n\n{tables}"


def profiles(measurements: Sequence[Measurement], machine: Machine) -> str:
    """A table of where our time goes, the floor of the products alone beside it; nothing without profiles."""
    profiled = [one for one in measurements if one.kinds is not None]
    if not profiled:
        return ""
    kinds = sorted(profiled[0].kinds)
    lines = [
        "\nWhere our time goes, % by kind of operation (torch's profiler, one call); the floor is that of",
        "the products alone at the measured float32 ceiling:\n",
        f"| work | {' | '.join(kinds)} | floor, % |",
        f"|---|{'---|' * len(kinds)}---|",
    ]
    for one in profiled:
        parts = " | ".join(f"{100 * one.kinds[kind]:.0f}" for kind in kinds)
        floor = "" if one.gflops is None else f"{_share(one, machine):.0f}"
        lines.append(f"| {one.title} | {parts} | {floor} |")
    return "\n".join(lines) + "\n"


def _share(one: Measurement, machine: Machine) -> float:
    return 100 * one.gflops / machine.gflops["float32"]


def joined(before: str, section: str) -> str:
    """A page with a machine's section in the place of its older one, or at the end.

    Args:
        before: The page so far; empty: it begins.
        section: Of one machine, as `page` makes it.
    """
    heading = section.partition("\n")[0]
    parts = re.split(r"(?m)^(?=## )", before or HEAD)
    kept = [part.rstrip() + "\n\n" for part in parts if part.partition("\n")[0] != heading]
    return "".join([*kept, section])
