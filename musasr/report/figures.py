"""WER and SDR over SNR, ours beside the paper's, as PNG."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from musasr.atomic import replacing
from musasr.recipe.conditions import CLEAN, SNRS_DB, under
from musasr.report.paper.numbers import paper_score
from musasr.report.tables import find_result, system_name

COLOURS = {"none+clean": "#8c8c8c", "none+mixture": "#1a1a1a", "frequency": "#d9730d", "time": "#1f6fb4"}
LINES = {"clean": (0, (4, 2)), "mixture": "solid"}
MARKERS = {"none": "o", "front": "<", "back": ">", "both": "D"}
CLEAN_SPREAD = 1.2  # its points stand side by side
CLEAN_AT = 10  # where clean speech stands on an axis of dB: one step right of 5 dB
MOST_INTERVALS = 8  # with more systems the error bars hide the curves
WER_TICKS = (0, 5, 10, 20, 30, 40, 60, 80, 100, 150, 200)
RESOLUTION = 150


def draw(results: dict, directory: Path) -> list[Path]:
    """Draw wer_over_snr.png and, where a system separates, sdr_over_snr.png.

    Args:
        results: What results.collect returned.
        directory: Where to write them.

    Returns:
        The files, written atomically.
    """
    drawings = {"wer_over_snr.png": _wer_figure(results)}
    if any(find_result(entry, under("anime")[0])["sdr"] is not None for entry in results["systems"]):
        drawings["sdr_over_snr.png"] = _sdr_figure(results)
    paths = []
    for name, figure in drawings.items():
        with replacing(directory / name) as path:
            figure.savefig(path, dpi=RESOLUTION)
        paths.append(directory / name)
    return paths


def _wer_figure(results: dict) -> Figure:
    figure, (ours, paper) = _panels("WER (%)", len(results["systems"]))
    has_intervals = len(results["systems"]) <= MOST_INTERVALS
    places = np.arange(len(results["systems"])) - (len(results["systems"]) - 1) / 2
    shifts = places * CLEAN_SPREAD / max(places[-1], 1)
    for entry, shift in zip(results["systems"], shifts, strict=True):
        style = _style(entry)
        clean, *music = [find_result(entry, condition) for condition in (CLEAN, *under("anime"))]
        _plot_wer(ours, [one["wer"] for one in music], clean["wer"], style, shift)
        if has_intervals:
            _plot_intervals(ours, [*music, clean], style["color"], shift)
        wers = [paper_score(system_name(entry), condition, "wer") for condition in (CLEAN, *under("anime"))]
        _plot_wer(paper, wers[1:], wers[0], style, shift)
    for axes in (ours, paper):
        axes.set_xticks([*reversed(SNRS_DB), CLEAN_AT], [*[str(snr) for snr in reversed(SNRS_DB)], "clean"])
        axes.set_xlim(min(SNRS_DB) - 1, CLEAN_AT + 2)
        axes.axvline((max(SNRS_DB) + CLEAN_AT) / 2, color="#dddddd", linewidth=1)
        _scale_wer(axes)
    _legend(figure, ours)
    return figure


def _scale_wer(axes: Axes) -> None:
    """Stretch the low rates, where most systems lie, by a square root; unlike a logarithm it has a zero."""
    top = axes.get_ylim()[1]
    axes.set_yscale("function", functions=(lambda wer: np.sqrt(np.maximum(wer, 0)), np.square))
    axes.set_ylim(0, top)
    ticks = [tick for tick in WER_TICKS if tick <= top]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])


def _sdr_figure(results: dict) -> Figure:
    figure, (ours, paper) = _panels("SDR (dB)", len(results["systems"]))
    for entry in results["systems"]:
        found = [find_result(entry, condition) for condition in under("anime")]
        if None in [one["sdr"] for one in found]:
            continue
        style = _style(entry)
        ours.plot(SNRS_DB, [one["sdr"] for one in found], **style)
        sdrs = [paper_score(system_name(entry), condition, "sdr") for condition in under("anime")]
        paper.plot(SNRS_DB, sdrs, **style)
        mixtures = [one["sdr_mixture"] for one in found]
    if None not in mixtures:
        ours.plot(SNRS_DB, mixtures, color="#8c8c8c", linestyle="dotted", label="mixture itself")
    for axes in (ours, paper):
        axes.set_xticks(list(reversed(SNRS_DB)))
    _legend(figure, ours)
    return figure


def _panels(quantity: str, num_systems: int) -> tuple[Figure, list[Axes]]:
    """Return a figure of two panels that share their axes: ours, the paper's."""
    figure = Figure(figsize=(10, 4.4 + 0.1 * num_systems), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, title in zip(panels, ("ours", "the paper's"), strict=True):
        axes.set_title(title, fontsize=11)
        axes.set_xlabel("SNR of speech over music (dB)")
        axes.grid(axis="y", color="#eeeeee")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(quantity)
    return figure, list(panels)


def _style(entry: dict) -> dict:
    """Return one system's look: front-end is colour, back-end is line, fine-tuning is marker."""
    name = system_name(entry)
    return {
        "color": COLOURS.get(name) or COLOURS[entry["front_end"]],
        "linestyle": LINES[entry["back_end"]],
        "marker": MARKERS[entry["fine_tune"]],
        "markersize": 5,
        "linewidth": 1.4,
        "label": name,
    }


def _plot_wer(axes: Axes, wers: list[float], clean: float, style: dict, shift: float) -> None:
    """Plot the curve over SNR, and clean speech as a point of its own: it has no SNR to join it at."""
    axes.plot(SNRS_DB, wers, **style)
    axes.plot([CLEAN_AT + shift], [clean], **{**style, "label": None})


def _plot_intervals(axes: Axes, found: list[dict], colour: str, shift: float) -> None:
    positions = [*SNRS_DB, CLEAN_AT + shift]
    lows, highs = zip(*[one["wer_ci95"] for one in found], strict=True)
    axes.vlines(positions, lows, highs, color=colour, alpha=0.35, linewidth=2.5)


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    num_columns = 4 if len(labels) > 6 else 3
    figure.legend(handles, labels, loc="outside lower center", ncols=num_columns, fontsize=8, frameon=False)
