"""SDR, SIR and SAR are those of mir_eval, and of fast_bss_eval."""

import numpy as np
import pytest
import torch

from musasr.metrics import separation
from musasr.metrics.bss_eval import BssEval


def sounds():
    generator = np.random.default_rng(0)
    references = generator.standard_normal((2, 4000))
    references[1] = np.convolve(references[1], [1.0, 0.5, 0.2])[:4000]
    noise = generator.standard_normal((2, 4000))
    return references, references + 0.3 * references[::-1] + 0.1 * noise


def test_scores_are_mir_evals():
    mir_eval = pytest.importorskip("mir_eval")
    references, estimates = sounds()
    found = BssEval(references)(estimates)
    with pytest.warns(FutureWarning):
        expected = mir_eval.separation.bss_eval_sources(references, estimates, compute_permutation=False)
    for ours, theirs in zip((found.sdr, found.sir, found.sar), expected[:3], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_scores_are_fast_bss_evals():
    fast_bss_eval = pytest.importorskip("fast_bss_eval")
    references, estimates = sounds()
    found = BssEval(references)(estimates)
    pair = (torch.from_numpy(one) for one in (references, estimates))
    # Its iterations: torch's LU has failed now and then where the process held other libraries.
    expected = fast_bss_eval.bss_eval_sources(*pair, compute_permutation=False, use_cg_iter=60)
    for ours, theirs in zip((found.sdr, found.sir, found.sar), expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-3)


def test_sdr_is_that_of_the_source_alone():
    references, estimates = sounds()
    found = BssEval(references)(estimates)
    alone = [separation.sdr(estimate=e, reference=r) for e, r in zip(estimates, references, strict=True)]
    np.testing.assert_allclose(found.sdr, alone, atol=1e-6)


def test_a_silent_estimate_scores_lowest_and_a_silent_reference_is_refused():
    references, estimates = sounds()
    estimates[0] = 0
    assert BssEval(references)(estimates).sdr[0] == -np.inf
    references[1] = 0
    with pytest.raises(ValueError, match="each must sound"):
        BssEval(references)
    with pytest.raises(ValueError, match=r"estimates are \(1, 4000\)"):
        BssEval(sounds()[0])(estimates[:1])
