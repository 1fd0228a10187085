"""The tables and the verdicts on the terminal: plain text of 100 columns where stdout is no terminal."""

from dataclasses import replace
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from musasr.report import tables
from musasr.report.paper import verdicts
from musasr.report.paper.numbers import Paper

PLAIN_WIDTH = 100
STYLES = {"supported": "green", "not supported": "red", "not significant": "yellow", "not measured": "dim"}


def show(results: dict, *, file: TextIO | None = None) -> None:
    """Print Tables I and II and the verdicts.

    Args:
        results: What results.collect returned.
        file: Where to; stdout if None.
    """
    console = Console(file=file, highlight=False, markup=False)
    # An uncut table needs 100 columns; a file or a pipe has no width of its own.
    if not console.is_terminal or console.width < PLAIN_WIDTH:
        console.width = PLAIN_WIDTH
    paper = Paper.load(results["config"]["report"]["paper"])
    for table in (tables.table1(results, paper), tables.table2(results, paper)):
        if table.pairs:
            _show_table(console, table)
    headings = verdicts.headings(results)
    for key, heading in headings.items():
        _show_claims(console, heading, results[key])
    if headings:
        console.print("Every comparison stands in table1.md and report.html.", style="dim")


def _show_table(console: Console, table: tables.Table) -> None:
    console.print(table.title, style="bold")
    grid = RichTable(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    grid.add_column("system", no_wrap=True)
    for column in _columns(table):
        grid.add_column(column, justify="right", no_wrap=True)
    for pair in table.pairs:
        grid.add_row(pair.label, *_row(table, pair.ours), style="bold")
        if table.has_paper:
            grid.add_row("  paper", *_row(table, pair.paper), style="dim")
    console.print(grid)
    for note in table.notes:
        console.print(note, style="dim")
    console.print()


def _columns(table: tables.Table) -> list[str]:
    """Return the headings; the average is followed by its interval."""
    names = [name.removesuffix(" dB") if name.startswith("SDR") else name for name in table.columns]
    at = names.index("avg") + 1
    return [*names[:at], "95 % CI", *names[at:]]


def _row(table: tables.Table, cells: list[tables.Cell]) -> list[str]:
    """Return the texts of a row; SDRs with one digit, which is what the width leaves them."""
    named = zip(table.columns, cells, strict=True)
    texts = [replace(cell, form=".1f").text if name.startswith("SDR") else cell.text for name, cell in named]
    at = table.columns.index("avg") + 1
    interval = cells[at - 1].interval
    return [*texts[:at], "" if interval is None else "{:.1f}-{:.1f}".format(*interval), *texts[at:]]


def _show_claims(console: Console, heading: str, claims: list[dict]) -> None:
    console.print(heading, style="bold")
    for claim in claims:
        console.print(Text(f"{claim['verdict']:<15}", style=STYLES[claim["verdict"]]), end=" ")
        console.print(f"{claim['claim']}. {claim['text']}")
        for line in _details(claim):
            console.print(f"{'':18} {line}", style="dim")


def _details(claim: dict) -> list[str]:
    """Return the comparison that the verdict hangs on, and how many there are."""
    deciding = [one for one in claim["comparisons"] if one["verdict"] == claim["verdict"]]
    if not deciding:
        return []
    return [deciding[0]["text"], *verdicts.figures(deciding[0]).split("; "), f"({verdicts.count(claim)})"]
