"""Two runs on the same test set, side by side: what a change of data or of training was worth."""

from collections.abc import Sequence

from musasr.errors import ConfigError
from musasr.metrics.significance import matched_pairs, reduction_ci95
from musasr.recipe.conditions import CLEAN, music_of, snrs_of
from musasr.report import results
from musasr.report.finished_run import FinishedRun, differences
from musasr.report.measurement import read_test_speech
from musasr.report.paper.comparisons import Evidence, Side
from musasr.report.paper.numbers import Paper
from musasr.report.tables import NO_FIGURE, p_text


def compare(first: FinishedRun, second: FinishedRun) -> dict:
    """What the second run does otherwise than the first, on the same utterances and mixtures.

    Args:
        first: What is compared with.
        second: What is compared.

    Returns:
        ``runs``: directory (and decoding), commit and seed of each; ``changes``: keys of the configuration
        with both values; ``rows``: a system, the kind of music ("clean" for none), both ``wer`` (means over
        the SNRs, percent), ``change`` in percent with its interval ``change_ci95`` (bootstrap over speakers),
        ``p`` (matched pairs over utterances) and both ``sdr`` (dB); None where there is no such figure;
        ``left_out``: systems that one of them has not.

    Raises:
        ConfigError: Their test sets differ, or they have no system in common.
        StateError: A test set or a decoding is not there.
    """
    names = [one.name for one in first.entries if one in second.entries]
    if not names:
        what = "these runs have no system in common"
        raise ConfigError(what, where=second.directory, mend="report the same --systems in each")
    sides = _evidence(first, names), _evidence(second, names)
    _same_test_set(first, second, sides)
    everything = dict.fromkeys(system.name for one in (first, second) for system in one.entries)
    kinds = [kind for kind in (CLEAN.name, *music_of(first.config)) if kind in _kinds(second)]
    return {
        "runs": [
            {"run": one.title, "commit": one.results["commit"], "seed": one.config["seed"]}
            for one in (first, second)
        ],
        "changes": [list(one) for one in differences(first.config, second.config)],
        "rows": [
            row for name in names for kind in kinds if (row := _row(Side(name, kind), *sides)) is not None
        ],
        "left_out": [name for name in everything if name not in names],
    }


def markdown(found: dict) -> str:
    """What :func:`compare` returned, as Markdown."""
    first, second = (one["run"] for one in found["runs"])
    changes = [f"- {key}: {before} -> {after}" for key, before, after in found["changes"]]
    lines = [
        f"## {second} against {first}",
        "",
        *(changes or ["- no key differs"]),
        "",
        "| system | music | WER | was | change % | p | SDR, dB | was |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
        *map(_line, found["rows"]),
        "",
        "WER in %, means over the SNRs; change with its 95 % confidence interval by bootstrap, p by matched",
        f"pairs over utterances. Commits: {', '.join(one['commit'] for one in found['runs'])}.",
    ]
    if found["left_out"]:
        lines.append(f"Not in both, and left out: {', '.join(found['left_out'])}.")
    return "\n".join(lines) + "\n"


def _evidence(run: FinishedRun, names: Sequence[str]) -> Evidence:
    systems = [system for system in run.entries if system.name in names]
    speech = read_test_speech(run.workdir.speech("test"))
    measured = results.measure_all(systems, run.config, workdir=run.workdir, speech=speech)
    return Evidence(measured, speech, snrs_of(run.config), Paper.load(None), run.config["seed"])


def _kinds(run: FinishedRun) -> list[str]:
    return [CLEAN.name, *music_of(run.config)]


def _same_test_set(first: FinishedRun, second: FinishedRun, sides: Sequence[Evidence]) -> None:
    mend = "compare runs with the same test speech, test music and seed"
    references = [one.speech.references for one in sides]
    if references[0] != references[1]:
        what = f"its test speech is another one than in {first.directory}"
        raise ConfigError(what, where=second.directory, mend=mend)
    # Its gains follow from the sound of speech and music: where that differs, the plan does too.
    plans = [one.workdir.plan.read_bytes() for one in (first, second)]
    if plans[0] != plans[1] or sides[0].snrs_db != sides[1].snrs_db:
        what = f"its test mixtures are others than in {first.directory}"
        raise ConfigError(what, where=second.directory, mend=mend)


def _row(side: Side, first: Evidence, second: Evidence) -> dict | None:
    """Both figures of a system under a kind of music; None where one of the runs has neither."""
    both = first, second
    scores = [score for score in ("wer", "sdr") if all(one.has(side, score) for one in both)]
    if not scores:
        return None
    row = {"system": side.system, "music": side.music, "wer": None, "change": None}
    row |= dict.fromkeys(("change_ci95", "p", "sdr"))
    if "wer" in scores:
        rates = [one.wer(side) for one in both]
        before, after = (one.errors(side)[0] for one in both)
        row |= {"wer": rates, "p": float(matched_pairs(after, before, seed=first.seed))}
        if rates[0]:
            groups = first.speech.groups
            low, high = reduction_ci95(after, before, groups=groups, seed=first.seed)
            row |= {"change": 100 * (rates[1] / rates[0] - 1), "change_ci95": [-high, -low]}
    if "sdr" in scores:
        row["sdr"] = [float(one.sdr(side).mean()) for one in both]
    return row


def _line(row: dict) -> str:
    cells = [f"`{row['system']}`", row["music"], *_pair(row["wer"])]
    change = NO_FIGURE
    if row["change"] is not None:
        change = "{:+.1f} [{:.1f}, {:.1f}]".format(row["change"], *row["change_ci95"])
    p = NO_FIGURE if row["p"] is None else p_text(row["p"])
    return "| " + " | ".join([*cells, change, p, *_pair(row["sdr"])]) + " |"


def _pair(values: Sequence[float] | None) -> list[str]:
    """The second run's figure, and what it was in the first."""
    return [NO_FIGURE, NO_FIGURE] if values is None else [f"{values[1]:.2f}", f"{values[0]:.2f}"]
