"""The verdicts on the paper's claims, in words: one structure for Markdown, terminal and HTML."""

HEADINGS = {
    "claims": "The paper's claims, judged by our figures",
    "aims": "Beyond the paper: our own aims, judged likewise",
}
EXPLANATION = (
    "Figures are means over 5, 0 and -5 dB, or of clean speech. p: two-sided matched-pairs test over "
    "utterances, their conditions pooled. A claim is supported where each of its measured comparisons is "
    "(p < 0.05, and the claimed size), not supported where one of them significantly is not."
)


def count(claim: dict) -> str:
    """Return how many of a claim's comparisons were measured."""
    measured, whole = len(claim["comparisons"]), claim["num_comparisons"]
    return (
        f"as far as measured: {measured} of {whole} comparisons"
        if measured < whole
        else f"comparisons: {whole}, all measured"
    )


def figures(comparison: dict) -> str:
    """Return a comparison's figures, ours and the paper's, in one line."""
    unit = "dB" if comparison["score"] == "sdr" else "%"
    ours = _side(comparison["ours"], comparison["ours_change"], unit)
    paper = _side(comparison["paper"], comparison["paper_change"], unit)
    return f"ours {ours}, {_significance(comparison)}; paper {paper}"


def markdown(results: dict) -> str:
    """Return claims and aims as Markdown lists, every comparison with its figures."""
    lines = []
    for key, heading in HEADINGS.items():
        lines += [f"## {heading}", ""]
        for claim in results[key]:
            lines.append(f"{claim['claim']}. {claim['text']}: **{claim['verdict']}** ({count(claim)})")
            lines += [f"   - {one['text']}: {one['verdict']}; {figures(one)}" for one in claim["comparisons"]]
        lines.append("")
    return "\n".join([*lines, EXPLANATION]) + "\n"


def _side(values: list[float], change: float | None, unit: str) -> str:
    size = "" if change is None else f" ({-change:+.1f} {unit})"
    return f"{values[0]:.2f} against {values[1]:.2f}{size}"


def _significance(comparison: dict) -> str:
    if "p" in comparison:
        return "p < 0.001" if comparison["p"] < 0.001 else f"p = {comparison['p']:.3f}"
    return "95 % CI of the difference [{:.2f}, {:.2f}]".format(*comparison["difference_ci95"])
