"""The paper's six claims, and our aims beyond it, as comparisons that measured figures support or do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from musasr.recipe.conditions import BASELINE, BEST, CLEAN
from musasr.recipe.systems import BACK_ENDS, FRONT_ENDS, TABLE_ONE
from musasr.report.measurement import TestSpeech
from musasr.report.paper.comparisons import Alike, Comparison, Evidence, LowerSdr, LowerWer, NoHigherWer, Side

DOMAINS = FRONT_ENDS[1:]
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Claim:
    """One claim: what the paper says, and every comparison that has to hold for it."""

    number: int
    text: str
    comparisons: tuple[Comparison, ...]


def _cascades_beat_baselines() -> Claim:
    comparisons = []
    for domain in DOMAINS:
        cascade = Side(f"{domain}+mixture:none")
        comparisons += [LowerWer(cascade, Side(f"none+{back_end}")) for back_end in BACK_ENDS]
        comparisons.append(LowerWer(cascade, Side(f"{domain}+clean:none"), at_least=11.0))
    text = "Cascades beat both baselines, and with the mixture back-end the clean one by 11 %"
    return Claim(1, text, tuple(comparisons))


def _back_end_fine_tuning_helps() -> Claim:
    comparisons = []
    for domain in DOMAINS:
        for back_end in BACK_ENDS:
            tuned = Side(f"{domain}+{back_end}:back")
            comparisons += [
                LowerWer(tuned, Side(f"{domain}+{back_end}:{other}")) for other in ("none", "front")
            ]
    return Claim(2, "Back-end fine-tuning helps every cascade, and more than front-end", tuple(comparisons))


def _joint_time_is_best() -> Claim:
    # The claim names the joint time-domain model with either back-end, so these two are no rivals.
    rivals = [name for name in TABLE_ONE if name not in (BASELINE, BEST, "time+clean:both")]
    comparisons = [LowerWer(Side(BEST), Side(BASELINE), at_least=29.8)]
    comparisons += [LowerWer(Side(BEST), Side(rival)) for rival in rivals]
    text = "Joint time domain + mixture is best, 29.8 % below mixture ASR alone"
    return Claim(3, text, tuple(comparisons))


def _joint_frequency_hurts_separation() -> Claim:
    # The untuned separator is the same in all of these: the first that was measured will do.
    untuned = Side("frequency+mixture:none", stand_ins=("frequency+mixture:back", "frequency+clean:none"))
    comparison = LowerSdr(Side("frequency+mixture:both"), untuned, at_least=3.0)
    return Claim(4, "Joint frequency domain + mixture costs several dB of SDR (3 or more)", (comparison,))


def _time_beats_frequency() -> Claim:
    comparisons = tuple(
        LowerWer(Side(f"time+{back_end}:{fine_tune}"), Side(f"frequency+{back_end}:{fine_tune}"))
        for fine_tune in ("none", "both")
        for back_end in BACK_ENDS
    )
    return Claim(5, "Time domain beats frequency domain, in cascade and in joint training", comparisons)


def _lyrics_are_harder() -> Claim:
    anime = Side(BEST)
    alike = [Alike(Side(BEST, genre), anime, within=10.0) for genre in ("classical", "jazz")]
    popular = Side(BEST, "popular")
    harder = [LowerWer(easier, popular) for easier in (anime, Side(BEST, "classical"), Side(BEST, "jazz"))]
    text = "Classical and jazz behave like anime (within 10 %), popular (lyrics) is harder"
    return Claim(6, text, (*alike, *harder))


CLAIMS = (
    _cascades_beat_baselines(),
    _back_end_fine_tuning_helps(),
    _joint_time_is_best(),
    _joint_frequency_hurts_separation(),
    _time_beats_frequency(),
    _lyrics_are_harder(),
)


# What we want of the best joint model, which the paper's has not: its clean speech got worse.
AIMS = (
    Claim(
        1,
        "The best joint model is 40 % below mixture ASR alone",
        (LowerWer(Side(BEST), Side(BASELINE), 40.0),),
    ),
    Claim(
        2,
        "It reads clean speech no worse than clean ASR alone",
        (NoHigherWer(Side(BEST, CLEAN.name), Side("none+clean", CLEAN.name)),),
    ),
)


def judge_all(claims: Sequence[Claim], measurements: Mapping, speech: TestSpeech, *, seed: int) -> list[dict]:
    """Judge each claim by the comparisons whose systems were measured.

    A claim is supported where every measured comparison is: such a conjunction needs no correction for their
    number. One that points the other way, or falls short of the claimed size, makes it not supported.

    Args:
        claims: CLAIMS or AIMS.
        measurements: (system name, Condition) -> Measurement.
        speech: The references that they were scored against.
        seed: Of the significance tests.

    Returns:
        One entry a claim: ``claim``, ``text``, ``verdict``, ``num_comparisons`` and, of these, the measured
        ``comparisons``.
    """
    evidence = Evidence(measurements, speech, seed)
    return [_judge(claim, evidence) for claim in claims]


def _judge(claim: Claim, evidence: Evidence) -> dict:
    measured = [one for one in claim.comparisons if one.is_measured(evidence)]
    comparisons = [one.judge(evidence) for one in measured]
    return {
        "claim": claim.number,
        "text": claim.text,
        "verdict": _worst([one["verdict"] for one in comparisons]),
        "num_comparisons": len(claim.comparisons),
        "comparisons": comparisons,
    }


def _worst(verdicts: list[str]) -> str:
    """Return the verdict of a conjunction."""
    for verdict in ("not supported", "not significant", "supported"):
        if verdict in verdicts:
            return verdict
    return NOT_MEASURED
