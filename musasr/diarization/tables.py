"""The tables of diarisation as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

TITLES = {
    "conversations": "Embedded conversations",
    "meetings": "Real recordings",
}
HEARD = {
    "none": "the mixture",
    "activity": "speech found in the separated speech, voices in the mixture",
    "voices": "speech found in the mixture, voices in the separated speech",
    "both": "the separated speech",
}
COLUMNS = ("DER", "95 % CI", "false alarm", "missed", "confused", "speakers", "JER", "Rush", "threshold")


def page(results: Mapping[str, Any]) -> str:
    """All tables."""
    lines = ["# Who speaks when", "", *_notes(results)]
    for name, rows in results["test_sets"].items():
        lines += ["", f"## {TITLES[name]}", "", f"{_size(rows)}.", "", *_table(rows)]
        lines += ["", *_claims(results["claims"][name])]
    if results["under_music"]:
        lines += ["", "## Under music", "", *_under_music(results["under_music"])]
    return "\n".join(lines) + "\n"


def _notes(results: Mapping[str, Any]) -> list[str]:
    scoring = results["config"]["scoring"]
    lines = [
        f"Percent; {'no collar' if not scoring['collar'] else 'collar {} s'.format(scoring['collar'])}, "
        f"overlaps {'not ' if scoring['skip_overlap'] else ''}scored; Rush = (DER + JER) / 2. Thresholds are "
        "those with the fewest errors on other recordings than the scored ones. p: matched pairs over "
        "recordings."
    ]
    if results["eer"]:
        eer = ", ".join(f"{name} {value:.2f} %" for name, value in results["eer"].items())
        lines.append(f"Equal error rate of the network of voices over all pairs of utterances: {eer}.")
    return lines


def _size(rows: Sequence[Mapping[str, Any]]) -> str:
    return f"{rows[0]['num_recordings']} recordings, {rows[0]['seconds'] / 60:.0f} minutes of speech"


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [f"| variant | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    return lines + [f"| {row['variant']} | {' | '.join(_cells(row))} |" for row in rows]


def _cells(row: Mapping[str, Any]) -> list[str]:
    low, high = row["der_ci95"]
    return [
        f"{row['der']:.2f}",
        f"{low:.1f} to {high:.1f}",
        *(f"{row[name]:.2f}" for name in ("false_alarm", "missed", "confusion")),
        f"{row['speakers_found']:.1f} of {row['speakers']:.1f}",
        *(f"{row[name]:.2f}" for name in ("jer", "rush")),
        ", ".join(f"{one:g}" for one in row["thresholds"]) or "-",
    ]


def _claims(claims: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["| claim | DER | against | p | verdict |", "|---|---|---|---|---|"]
    for one in claims:
        p = "< 0.001" if one["p"] < 0.001 else f"{one['p']:.3f}"
        ours, other = one["der"]
        lines.append(f"| {one['claim']} | {ours:.2f} | {other:.2f} | {p} | {one['verdict']} |")
    return lines


def _under_music(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        f"| variant | SNR | heard | {' | '.join(COLUMNS)} |",
        "|---" * (len(COLUMNS) + 3) + "|",
    ]
    for row in rows:
        snr = "no music" if row["snr_db"] is None else f"{row['snr_db']:g} dB"
        cells = [row["variant"], snr, HEARD[row["separated"]], *_cells(row)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
