"""The figures of a run as files: results.json, and a table in Markdown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.atomic import write_json, write_text
from musasr.looking_to_listen.controls import RIGHT
from musasr.looking_to_listen.quality import PACKAGES


def write(results: Mapping[str, Any], folder: Path) -> None:
    """Write folder/results.json and folder/table.md."""
    write_json(folder / "results.json", results)
    write_text(folder / "table.md", table_of(results))


def table_of(results: Mapping[str, Any]) -> str:
    """The table."""
    rows = results["results"]
    columns = [
        "mixtures",
        "model",
        "is shown",
        "SDR",
        "SI-SDR",
        "SDR gain",
        "SI-SDR gain (95 %)",
        *map(str.upper, PACKAGES),
    ]
    lines = [
        f"{rows[0]['num_mixtures']} test mixtures of a kind, speakers of no training; means over voices, dB.",
        "",
        _line(columns),
        _line(["---"] * len(columns)),
        *(_line(_cells(row, results["config"])) for row in rows),
        "",
        _line(["mixtures", "SI-SDR of", "above", "by (95 %), dB", "p"]),
        _line(["---"] * 5),
        *(_line(_compared(one, results["config"])) for one in results["comparisons"]),
        "",
    ]
    lines += [
        line for name, reason in results["missing"].items() for line in (f"{name.upper()}: {reason}.", "")
    ]
    return "\n".join([*lines, *(words_of(results["words"]) if "words" in results else [])])


def words_of(words: Mapping[str, Any]) -> list[str]:
    """Lines of the tables of word errors: systems by conditions, and each system against the others."""
    conditions = list(dict.fromkeys(row["condition"] for row in words["results"]))
    systems = dict.fromkeys(row["system"] for row in words["results"])
    rows = {(row["system"], row["condition"]): row for row in words["results"]}
    return [
        f"{words['num_clips']} test clips under each condition; WER in % (95 %), SI-SDR gain.",
        "",
        _line(["read by", *conditions]),
        _line(["---"] * (1 + len(conditions))),
        *(_line([name, *(_read(rows[name, condition]) for condition in conditions)]) for name in systems),
        "",
        _line(["WER of", "above", "by (95 %)", "p"]),
        _line(["---"] * 4),
        *(
            _line(
                [
                    one["system"],
                    one["against"],
                    _with_interval(one["wer_difference"], one["wer_difference_ci95"]),
                    f"{one['p']:.4f}",
                ]
            )
            for one in words["comparisons"]
        ),
        "",
    ]


def _read(row: Mapping[str, Any]) -> str:
    low, high = row["wer_ci95"]
    gain = "" if row["si_sdr_gain"] is None else f", {row['si_sdr_gain']:+.1f} dB"
    return f"{row['wer']:.1f} ({low:.1f} to {high:.1f}){gain}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    scores = [f"{row['sdr']:.2f}", f"{row['si_sdr']:.2f}"]
    rest = [f"{row[name]:.2f}" if name in row else "-" for name in PACKAGES]
    if row["variant"] is None:
        return [row["kind"], "unprocessed", "-", *scores, "-", "-", *rest]
    shown = named(row["variant"], row["shown"], config)
    gain = _with_interval(row["si_sdr_improvement"], row["si_sdr_improvement_ci95"])
    return [row["kind"], row["variant"], shown, *scores, f"{row['sdr_improvement']:.2f}", gain, *rest]


def _compared(one: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    against = f"{one['against']}, {named(one['against'], one['against_shown'], config)}"
    by = _with_interval(one["si_sdr_difference"], one["si_sdr_difference_ci95"])
    return [one["kind"], f"{one['variant']}, {one['shown']}", against, by, f"{one['p']:.4f}"]


def _with_interval(value: float, interval: list[float]) -> str:
    low, high = interval
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def named(variant: str, shown: str, config: Mapping[str, Any]) -> str:
    """What a variant was shown: one that sees no faces nothing, and its sources have no order."""
    if config["variants"][variant]["face_encoder"] is not None:
        return shown
    return f"nothing, {'as assigned' if shown == RIGHT else shown}"
