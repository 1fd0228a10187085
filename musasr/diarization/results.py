"""results.json and table.md: errors with their intervals, the slides' claims, speech under music."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from musasr.atomic import read_json, write_json, write_text
from musasr.diarization.evaluation import CONVERSATIONS, MEETINGS, music_name, parts, result_path
from musasr.diarization.tables import page
from musasr.diarization.variants import Variant
from musasr.errors import StateError
from musasr.metrics.diarization import DiarizationScore, total_of
from musasr.metrics.significance import bootstrap_ci95, matched_pairs
from musasr.recipe.system_run import SystemRun

EER = "eer.json"  # of the network of voices, in its folder: set -> percent
SIGNIFICANT = 0.05
HELPED, HURT, OPEN = "supported", "not supported: the other way round", "undecided"


def write(run: SystemRun, variants: Sequence[Variant]) -> Mapping[str, Any]:
    """Write both files of what was evaluated, and return what results.json holds.

    Raises:
        StateError: The conversations were not diarised with every variant.
    """
    collected = collect(run, variants)
    write_json(run.workdir.results / "results.json", collected)
    write_text(run.workdir.results / "table.md", page(collected))
    return collected


def collect(run: SystemRun, variants: Sequence[Variant]) -> dict[str, Any]:
    """All figures, as results.json holds them."""
    config = run.config
    sets = [CONVERSATIONS] + ([MEETINGS] if config["meetings"] is not None else [])
    return {
        "config": dict(config),
        "commit": run.commit,
        "test_sets": {name: [_row(run, name, one.name) for one in variants] for name in sets},
        "eer": _eer(run),
        "claims": {name: _claims(run, name) for name in sets},
        "under_music": _under_music(run),
    }


def _eer(run: SystemRun) -> dict[str, float] | None:
    """How well the recipe's network of voices tells them apart; None of another one's."""
    if run.config["embedder"] is not None:
        return None
    return read_json(run.workdir.training("voices") / EER, mend="run musasr train diarization")


def _row(run: SystemRun, test_set: str, variant: str) -> dict[str, Any]:
    kept = _read(run, test_set, variant)
    scores = _scores(kept)
    total = total_of(list(scores.values()))
    errors, seconds = zip(*((one.error, one.total) for one in scores.values()), strict=True)
    low, high = bootstrap_ci95(errors, seconds, seed=run.config["seed"])
    return {
        "variant": variant,
        "changes": run.config["variants"][variant],
        **{name: round(value, 3) for name, value in total.rates().items()},
        "der_ci95": [round(low, 3), round(high, 3)],
        "thresholds": kept["thresholds"],
        **_num_speakers(kept),
        "num_recordings": len(scores),
        "seconds": round(total.total, 3),
    }


def _claims(run: SystemRun, test_set: str) -> list[dict[str, Any]]:
    """Each claim with both error rates, the p value of their difference, and a verdict."""
    claims = []
    for text, (better, worse) in run.config["claims"].items():
        ours, other = (_scores(_read(run, test_set, name)) for name in (better, worse))
        errors = [[of[name].error for name in sorted(ours)] for of in (ours, other)]
        p = matched_pairs(*errors, seed=run.config["seed"])
        ders = [total_of(list(of.values())).der for of in (ours, other)]
        verdict = OPEN if p >= SIGNIFICANT else HELPED if ders[0] < ders[1] else HURT
        claims.append(
            {
                "claim": text,
                "variants": [better, worse],
                "der": [round(one, 3) for one in ders],
                "p": round(p, 5),
                "verdict": verdict,
            }
        )
    return claims


def _under_music(run: SystemRun) -> list[dict[str, Any]]:
    """Rows of speech under music; first those without, whose thresholds are chosen for both."""
    conf = run.config["under_music"]
    return [
        {"snr_db": snr_db, "separated": part, **_row(run, music_name(snr_db, part), variant)}
        for variant in conf["variants"]
        for snr_db in (None, *conf["snrs_db"])
        for part in (parts(run) if snr_db is not None else ["none"])
    ]


def _read(run: SystemRun, test_set: str, variant: str) -> dict[str, Any]:
    path = result_path(run, test_set, variant)
    if not path.is_file():
        mend = "run musasr evaluate diarization"
        raise StateError(f"{test_set} was not diarised with {variant}", where=path, mend=mend)
    return read_json(path, mend="remove it and evaluate again", keys=["recordings", "thresholds"])


def _num_speakers(kept: Mapping[str, Any]) -> dict[str, float]:
    """How many speakers were found, and how many there are, a recording on average."""
    of = kept["recordings"].values()
    counts = {
        "speakers_found": [one["num_speakers"] for one in of],
        "speakers": [len(one["jaccard_errors"]) for one in of],
    }
    return {name: round(sum(ones) / len(ones), 3) for name, ones in counts.items()}


def _scores(kept: Mapping[str, Any]) -> dict[str, DiarizationScore]:
    names = [one.name for one in fields(DiarizationScore) if one.name != "mapping"]
    return {
        recording: DiarizationScore(**{name: values[name] for name in names})
        for recording, values in kept["recordings"].items()
    }
