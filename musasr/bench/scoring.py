"""SDR of estimates, mir_eval and fast_bss_eval beside ours."""

import numpy as np

from musasr.bench.timing import OURS, Work
from musasr.errors import ConfigError
from musasr.metrics.separation import sdr

SAMPLING_RATE = 16_000


def sdr_work(*, num_utterances: int, seconds: float) -> Work:
    """BSS-Eval SDR of one source of each of some utterances, one by one.

    Args:
        num_utterances: How many.
        seconds: Of each.

    Raises:
        ConfigError: A peer is not installed.
    """
    peers = _peers()
    random = np.random.default_rng(0)
    references = random.standard_normal((num_utterances, round(seconds * SAMPLING_RATE)))
    estimates = references + 0.5 * random.standard_normal(references.shape)
    pairs = list(zip(estimates, references, strict=True))
    ways = {OURS: lambda: [sdr(estimate=one, reference=other) for one, other in pairs]}
    for name, score in peers.items():
        ways[name] = lambda score=score: [score(one, other) for one, other in pairs]
    results = {name: np.array(do()) for name, do in ways.items()}
    return Work(
        title=f"SDR, {num_utterances} x {seconds:g} s",
        ways=ways,
        difference=max(float(np.abs(results[OURS] - results[name]).max()) for name in peers),
        unit="largest difference, dB",
        audio_seconds=num_utterances * seconds,
    )


def _peers() -> dict:
    try:
        import fast_bss_eval
        from mir_eval.separation import bss_eval_sources
    except ImportError as error:
        what = f"{error.name} is not installed"
        raise ConfigError(what, where="bench", mend="pip install .[bench]") from error

    def by_mir_eval(estimate: np.ndarray, reference: np.ndarray) -> float:
        return float(bss_eval_sources(reference[None], estimate[None], compute_permutation=False)[0][0])

    def by_fast_bss_eval(estimate: np.ndarray, reference: np.ndarray) -> float:
        return float(fast_bss_eval.sdr(reference[None], estimate[None])[0])

    return {"mir_eval": by_mir_eval, "fast_bss_eval": by_fast_bss_eval}
