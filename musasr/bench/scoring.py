"""SDR of estimates, mir_eval and fast_bss_eval beside ours."""

import numpy as np

from musasr.bench.timing import OURS, Work
from musasr.errors import ConfigError
from musasr.metrics.separation import sdr

SAMPLING_RATE = 16_000


def sdr_work(*, num_utterances: int, seconds: float, num_sources: int) -> Work:
    """BSS-Eval SDR of the sources of some utterances, one utterance after the other.

    Peers are called as their pages say: of several sources mir_eval also tells interference from
    artefacts, and both look for the order of the estimates, which ours knows.

    Args:
        num_utterances: How many.
        seconds: Of each.
        num_sources: 1: the speech alone; 2: the speech and the music of mixtures.

    Raises:
        ConfigError: A peer is not installed.
    """
    peers = _peers()
    random = np.random.default_rng(0)
    references = random.standard_normal((num_utterances, num_sources, round(seconds * SAMPLING_RATE)))
    estimates = references + 0.5 * random.standard_normal(references.shape)
    pairs = list(zip(estimates, references, strict=True))
    ways = {}
    for name, score in ({OURS: _ours} | peers).items():
        ways[name] = lambda score=score: [score(one, other) for one, other in pairs]
    results = {name: np.array(do()) for name, do in ways.items()}
    return Work(
        title=f"SDR, {num_utterances} x {seconds:g} s"
        + (f", {num_sources} sources" if num_sources > 1 else ""),
        ways=ways,
        difference=max(float(np.abs(results[OURS] - results[name]).max()) for name in peers),
        unit="largest difference, dB",
        audio_seconds=num_utterances * seconds,
    )


def _ours(estimates: np.ndarray, references: np.ndarray) -> list[float]:
    pairs = zip(estimates, references, strict=True)
    return [sdr(estimate=estimate, reference=reference) for estimate, reference in pairs]


def _peers() -> dict:
    try:
        import fast_bss_eval
        from mir_eval.separation import bss_eval_sources
    except ImportError as error:
        what = f"{error.name} is not installed"
        raise ConfigError(what, where="bench", mend="pip install .[bench]") from error

    def by_mir_eval(estimates: np.ndarray, references: np.ndarray) -> np.ndarray:
        return bss_eval_sources(references, estimates)[0]

    def by_fast_bss_eval(estimates: np.ndarray, references: np.ndarray) -> np.ndarray:
        return fast_bss_eval.sdr(references, estimates)

    return {"mir_eval": by_mir_eval, "fast_bss_eval": by_fast_bss_eval}
