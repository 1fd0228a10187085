"""The verdicts on a paper's claims, in words: one structure for Markdown, terminal and HTML."""

HEADINGS = {
    "claims": "The paper's claims, judged by our figures",
    "aims": "Beyond the paper: our own aims, judged likewise",
}
EXPLANATION = (
    "Figures are means over the SNRs, or of clean speech. p: two-sided matched-pairs test over utterances, "
    "conditions pooled. A claim is supported where each of its measured comparisons is (p < 0.05; where "
    "it names a size, the 95 % confidence interval beyond that size), not supported where one of them "
    "significantly is not."
)


def headings(results: dict) -> dict[str, str]:
    """The lists of verdicts that there are, and what stands above them: none where there is no paper."""
    return {key: heading for key, heading in HEADINGS.items() if results[key]}


def count(claim: dict) -> str:
    """How many of a claim's comparisons were measured."""
    measured, whole = len(claim["comparisons"]), claim["num_comparisons"]
    return (
        f"as far as measured: {measured} of {whole} comparisons"
        if measured < whole
        else f"comparisons: {whole}, all measured"
    )


def figures(comparison: dict) -> str:
    """A comparison's figures, ours and the paper's, in one line."""
    unit = "dB" if comparison["score"] == "sdr" else "%"
    ours = _side(comparison["ours"], comparison["ours_change"], unit)
    paper = _side(comparison["paper"], comparison["paper_change"], unit)
    return f"ours {ours}, {_significance(comparison, unit)}; paper {paper}"


def markdown(results: dict) -> str:
    """Claims and aims as Markdown lists, every comparison with its figures; empty where there are none."""
    lines = []
    for key, heading in headings(results).items():
        lines += [f"## {heading}", ""]
        for claim in results[key]:
            lines.append(f"{claim['claim']}. {claim['text']}: **{claim['verdict']}** ({count(claim)})")
            lines += [f"   - {one['text']}: {one['verdict']}; {figures(one)}" for one in claim["comparisons"]]
        lines.append("")
    return "\n".join([*lines, EXPLANATION]) + "\n" if lines else ""


def _side(values: list[float | None], change: float | None, unit: str) -> str:
    if None in values:
        return "has no such figure"
    size = "" if change is None else f" ({-change:+.1f} {unit})"
    return f"{values[0]:.2f} against {values[1]:.2f}{size}"


def _significance(comparison: dict, unit: str) -> str:
    if "difference_ci95" in comparison:
        return "95 % CI of the difference [{:.2f}, {:.2f}]".format(*comparison["difference_ci95"])
    p = "p < 0.001" if comparison["p"] < 0.001 else f"p = {comparison['p']:.3f}"
    if "change_ci95" not in comparison:
        return p
    low, high = comparison["change_ci95"]
    return f"95 % CI of the change [{-high:+.1f}, {-low:+.1f}] {unit}, {p}"
