"""The report for people: two tables and the licences, in 100 columns where there is no terminal."""

from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from musasr.inspection.faults import ERROR, Finding
from musasr.inspection.inspect import Report

PLAIN_WIDTH = 100
STYLES = {ERROR: "red", "warning": "yellow"}


def show(report: Report, *, file: TextIO | None = None) -> None:
    """Print a report; to stdout if no file is named."""
    console = Console(file=file, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    _show_sets(console, report)
    for finding in report.findings:
        _show_finding(console, finding)
    if not report.findings:
        console.print("No faults found.", style="green")
    console.print()
    for corpus, licence in report.licences:
        console.print(f"{corpus}: {licence}", style="dim")


def _show_sets(console: Console, report: Report) -> None:
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("corpus", "set", "genre"):
        grid.add_column(heading, no_wrap=True)
    for heading in ("items", "hours", "longest, s", "speakers"):
        grid.add_column(heading, justify="right", no_wrap=True)
    for one in report.sets:
        figures = f"{one.count:,}", f"{one.hours:.2f}", f"{one.longest_seconds:.1f}"
        speakers = "" if one.num_speakers is None else f"{one.num_speakers:,}"
        grid.add_row(one.corpus, one.set_name, one.genre or "", *figures, speakers)
    console.print(grid)


def _show_finding(console: Console, finding: Finding) -> None:
    title = f"{finding.severity}: {finding.corpus} {finding.set_name}: {finding.count:,} x {finding.what}"
    console.print(title, style=STYLES[finding.severity])
    for example in finding.examples:
        console.print(f"    {example}", soft_wrap=True)
    if finding.count > len(finding.examples):
        console.print(f"    and {finding.count - len(finding.examples):,} more", style="dim")
    console.print(f"    -> {finding.mend}")
