"""A verdict as a table in Markdown, as a sentence and as JSON."""

from typing import Any

from musasr.judging.judge import CUT_SECONDS, MUSIC_ALONE
from musasr.judging.verdict import Verdict
from musasr.transcribe.hearing import RAW

KIND = {"CER": "characters", "WER": "words"}


def table(verdict: Verdict) -> str:
    """A row for each way: error rates a condition, over all with its interval, and what is invented."""
    invented = f"{MUSIC_ALONE}, {KIND[verdict.unit]} a minute"
    heads = ["heard", *verdict.conditions, f"{verdict.unit} over all [95 %]", "p against raw", invented]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for way in verdict.rates:
        low, high = verdict.interval(way)
        cells = [
            way,
            *(f"{rate.percent:.1f}" for rate in verdict.rates[way].values()),
            f"{verdict.percent(way):.1f} [{low:.1f}, {high:.1f}]",
            "" if way == RAW else f"{verdict.p_value(way):.3f}",
            f"{verdict.invented_per_minute(way, cut_seconds=CUT_SECONDS):.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def sentence(verdict: Verdict) -> str:
    """Which way to choose, and why."""
    best = verdict.best
    if best == RAW:
        return "None is significantly below raw: --input raw"
    below = 100 * (1 - verdict.percent(best) / verdict.percent(RAW))
    return f"{best} has {below:.0f} % fewer errors than raw (p = {verdict.p_value(best):.3f}): --input {best}"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """All figures."""
    return {
        "unit": verdict.unit,
        "best": verdict.best,
        "ways": {
            way: {
                "percent": {name: rate.percent for name, rate in rates.items()},
                "over_all": verdict.percent(way),
                "ci95": list(verdict.interval(way)),
                "p_against_raw": None if way == RAW else verdict.p_value(way),
                "invented_per_minute": verdict.invented_per_minute(way, cut_seconds=CUT_SECONDS),
            }
            for way, rates in verdict.rates.items()
        },
    }
