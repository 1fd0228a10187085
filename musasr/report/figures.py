"""WER and SDR over SNR, ours beside the paper's, as PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from musasr.atomic import replacing
from musasr.corpora.contract import MAIN_GENRE
from musasr.recipe.conditions import CLEAN, Condition, snrs_of, under
from musasr.recipe.systems import NONE
from musasr.report.paper.numbers import Paper
from musasr.report.tables import find_result, system_name

# Systems with one front end have one colour; those without, each a grey of its own.
COLOURS = ("#d9730d", "#1f6fb4", "#2e8b57", "#8e44ad", "#c0392b", "#16a085", "#b8860b", "#34495e")
GREYS = ("#8c8c8c", "#1a1a1a", "#5c5c5c", "#b3b3b3")
LINES = ((0, (4, 2)), "solid", (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5)))  # one a back end
MARKERS = {NONE: "o", "front": "<", "back": ">", "both": "D"}
CLEAN_SPREAD = 1.2  # its points stand side by side
STEP_DB = 5.0  # from the highest SNR to where clean speech stands
MOST_INTERVALS = 8  # with more systems the error bars hide the curves
WER_TICKS = (0, 5, 10, 20, 30, 40, 60, 80, 100, 150, 200)
RESOLUTION = 150


@dataclass(frozen=True)
class Axis:
    """Where conditions stand on an axis of dB: music by its SNR, clean speech one step right of them."""

    snrs_db: Sequence[float]

    @property
    def music(self) -> list[Condition]:
        """The conditions of the main genre, by rising SNR."""
        return under(MAIN_GENRE, sorted(self.snrs_db))

    @property
    def places(self) -> list[float]:
        """Where they stand."""
        return sorted(self.snrs_db)

    @property
    def clean_at(self) -> float:
        """Where clean speech stands."""
        return max(self.snrs_db) + STEP_DB


def draw(results: dict, paper: Paper, directory: Path) -> list[Path]:
    """Draw wer_over_snr.png where a system gives words, and sdr_over_snr.png where one separates.

    Args:
        results: What results.collect returned.
        paper: Whose figures stand beside ours.
        directory: Where to write them.

    Returns:
        The files, written atomically.
    """
    axis, drawings = Axis(snrs_of(results["config"])), {}
    for score, figure in (("wer", _wer_figure), ("sdr", _sdr_figure)):
        entries = [entry for entry in results["systems"] if _scores(entry, axis, score) is not None]
        if entries:
            drawings[f"{score}_over_snr.png"] = figure(entries, styles(results), paper, axis)
    for name, figure in drawings.items():
        with replacing(directory / name) as path:
            figure.savefig(path, dpi=RESOLUTION)
    return [directory / name for name in drawings]


def _scores(entry: dict, axis: Axis, score: str) -> list[float] | None:
    """A system's scores over the SNRs; None where it has none."""
    scores = [find_result(entry, condition)[score] for condition in axis.music]
    return None if None in scores else scores


def _wer_figure(entries: list[dict], styles: dict[str, dict], paper: Paper, axis: Axis) -> Figure:
    figure, panels = _panels("WER (%)", len(entries), paper)
    places = np.arange(len(entries)) - (len(entries) - 1) / 2
    shifts = places * CLEAN_SPREAD / max(places[-1], 1)
    for entry, shift in zip(entries, shifts, strict=True):
        name = system_name(entry)
        clean, *music = [find_result(entry, condition) for condition in (CLEAN, *axis.music)]
        _plot_wer(panels[0], axis, [one["wer"] for one in music], clean["wer"], styles[name], shift)
        if len(entries) <= MOST_INTERVALS:
            _plot_intervals(panels[0], axis, [*music, clean], styles[name]["color"], shift)
        for panel in panels[1:]:
            papers = [paper.score(name, condition, "wer") for condition in (CLEAN, *axis.music)]
            _plot_wer(panel, axis, papers[1:], papers[0], styles[name], shift)
    for axes in panels:
        axes.set_xticks([*axis.places, axis.clean_at], [*[f"{snr:g}" for snr in axis.places], "clean"])
        axes.set_xlim(min(axis.places) - 1, axis.clean_at + 2)
        axes.axvline((max(axis.places) + axis.clean_at) / 2, color="#dddddd", linewidth=1)
        _scale_wer(axes)
    _legend(figure, panels[0])
    return figure


def _scale_wer(axes: Axes) -> None:
    """Stretch the low rates, where most systems lie, by a square root; unlike a logarithm it has a zero."""
    top = axes.get_ylim()[1]
    axes.set_yscale("function", functions=(lambda wer: np.sqrt(np.maximum(wer, 0)), np.square))
    axes.set_ylim(0, top)
    ticks = [tick for tick in WER_TICKS if tick <= top]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])


def _sdr_figure(entries: list[dict], styles: dict[str, dict], paper: Paper, axis: Axis) -> Figure:
    figure, panels = _panels("SDR (dB)", len(entries), paper)
    for entry in entries:
        name = system_name(entry)
        panels[0].plot(axis.places, _scores(entry, axis, "sdr"), **styles[name])
        for panel in panels[1:]:
            papers = [paper.score(name, condition, "sdr") for condition in axis.music]
            panel.plot(axis.places, _gaps(papers), **styles[name])
    mixtures = _scores(entries[-1], axis, "sdr_mixture")
    if mixtures is not None:
        panels[0].plot(axis.places, mixtures, color="#8c8c8c", linestyle="dotted", label="mixture itself")
    for axes in panels:
        axes.set_xticks(axis.places)
    _legend(figure, panels[0])
    return figure


def _panels(quantity: str, num_systems: int, paper: Paper) -> tuple[Figure, list[Axes]]:
    """A figure of panels that share their axes: ours and, where there is a paper, the paper's."""
    titles = ("ours", "the paper's") if paper.name else ("ours",)
    figure = Figure(figsize=(5 * len(titles), 4.4 + 0.1 * num_systems), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(title, fontsize=11)
        axes.set_xlabel("SNR of speech over music (dB)")
        axes.grid(axis="y", color="#eeeeee")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(quantity)
    return figure, list(panels)


def styles(results: dict) -> dict[str, dict]:
    """Each system's look by its name: front end is colour, back end is line, fine-tuning is marker."""
    entries = results["systems"]
    ends = {key: list(dict.fromkeys(entry[key] for entry in entries)) for key in ("front_end", "back_end")}
    colours = _cycle([end for end in ends["front_end"] if end != NONE], COLOURS)
    greys, lines = _cycle(ends["back_end"], GREYS), _cycle(ends["back_end"], LINES)
    return {
        system_name(entry): {
            "color": colours.get(entry["front_end"], greys[entry["back_end"]]),
            "linestyle": lines[entry["back_end"]],
            "marker": MARKERS[entry["fine_tune"]],
            "markersize": 5,
            "linewidth": 1.4,
            "label": system_name(entry),
        }
        for entry in entries
    }


def _cycle[Look](names: Sequence[str], looks: Sequence[Look]) -> dict[str, Look]:
    """Each name's look, from the first on, and again from the first where there are more names."""
    return {name: looks[index % len(looks)] for index, name in enumerate(names)}


def _gaps(scores: Sequence[float | None]) -> list[float]:
    """What matplotlib leaves out: a figure that the paper has not."""
    return [np.nan if score is None else score for score in scores]


def _plot_wer(
    axes: Axes,
    axis: Axis,
    wers: Sequence[float | None],
    clean: float | None,
    style: dict,
    shift: float,
) -> None:
    """Plot the curve over SNR, and clean speech as a point of its own: it has no SNR to join it at."""
    axes.plot(axis.places, _gaps(wers), **style)
    axes.plot([axis.clean_at + shift], _gaps([clean]), **{**style, "label": None})


def _plot_intervals(axes: Axes, axis: Axis, found: list[dict], colour: str, shift: float) -> None:
    positions = [*axis.places, axis.clean_at + shift]
    lows, highs = zip(*[one["wer_ci95"] for one in found], strict=True)
    axes.vlines(positions, lows, highs, color=colour, alpha=0.35, linewidth=2.5)


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    num_columns = 4 if len(labels) > 6 else 3
    figure.legend(handles, labels, loc="outside lower center", ncols=num_columns, fontsize=8, frameon=False)
