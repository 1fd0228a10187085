import fast_bss_eval
import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from musasr.metrics.separation import sdr, si_sdr


def coloured(seed, num_samples=16000):
    """Noise with the long-term spectrum of speech, roughly: -6 dB an octave."""
    return signal.lfilter([1], [1, -0.95], np.random.default_rng(seed).standard_normal(num_samples))


def scene(seed, level):
    """A filtered speech estimate with leaked music, and the two references."""
    speech, music = coloured(seed), coloured(seed + 1000)
    room = np.random.default_rng(seed).standard_normal(20) * np.exp(-np.arange(20))
    return signal.lfilter(room, [1], speech) + level * music, speech, music


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(("seed", "level"), [(0, 1.0), (1, 0.1), (2, 0.001)])
def test_sdr_is_that_of_bss_eval_whatever_the_other_source(seed, level):
    estimate, speech, music = scene(seed, level)
    ours = sdr(estimate=estimate, reference=speech)
    others = mir_eval.separation.bss_eval_sources(
        np.stack([speech, music]), np.stack([estimate, music + 0.1 * speech]), compute_permutation=False
    )
    assert ours == pytest.approx(others[0][0], abs=0.05)
    assert ours == pytest.approx(-float(fast_bss_eval.sdr_loss(estimate, speech)), abs=1e-3)


def test_sdr_holds_where_the_reference_is_band_limited_and_16_bit():
    # upsampled telephone speech: the autocorrelation matrix is close to singular
    speech = signal.sosfilt(signal.butter(8, 3000, fs=16000, output="sos"), coloured(3))
    speech = np.rint(speech / np.abs(speech).max() * 32767) / 32768
    estimate = speech + 0.01 * coloured(4)
    general_solver = -float(fast_bss_eval.sdr_loss(estimate, speech))
    assert sdr(estimate=estimate, reference=speech) == pytest.approx(general_solver, abs=1e-3)


def test_sdr_forgives_a_short_filter_and_si_sdr_does_not():
    speech = coloured(5)
    delayed = np.concatenate([np.zeros(100), speech[:-100]])
    assert sdr(estimate=delayed, reference=speech) > 20
    assert si_sdr(estimate=delayed, reference=speech) < 5


@settings(max_examples=20, deadline=None)
@given(level=st.floats(1e-3, 10), scale=st.floats(0.01, 100), seed=st.integers(0, 50))
def test_scale_changes_neither_score(level, scale, seed):
    estimate, speech, _ = scene(seed, level)
    for score in (sdr, si_sdr):
        plain = score(estimate=estimate, reference=speech)
        assert score(estimate=scale * estimate, reference=speech) == pytest.approx(plain, abs=1e-6)
        assert score(estimate=estimate, reference=-scale * speech) == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("asked", [-5.0, 0.0, 20.0])
def test_si_sdr_of_an_orthogonal_disturbance_is_its_level(asked):
    # hand-worked: s = (1, 1, -1, -1), n = (1, -1, 1, -1) are orthogonal and of equal energy
    reference, noise = np.tile([1.0, 1, -1, -1], 100), np.tile([1.0, -1, 1, -1], 100)
    estimate = reference + 10 ** (-asked / 20) * noise
    assert si_sdr(estimate=estimate, reference=reference) == pytest.approx(asked, abs=1e-9)


def test_a_worked_si_sdr():
    # a = 4/5: target (1.6, 0.8), distortion (0.4, -0.8): 3.2 / 0.8 = 4
    assert si_sdr(estimate=np.array([2.0, 0.0]), reference=np.array([2.0, 1.0])) == pytest.approx(
        10 * np.log10(4)
    )


def test_perfect_silent_and_absent_sources():
    speech = coloured(6)
    assert sdr(estimate=speech, reference=speech) > 100
    assert si_sdr(estimate=2 * speech, reference=speech) == np.inf
    for score in (sdr, si_sdr):
        assert score(estimate=0 * speech, reference=speech) == -np.inf
        assert np.isnan(score(estimate=speech, reference=0 * speech))


def test_short_utterances_have_scores():
    estimate, speech, _ = scene(7, 0.3)
    assert np.isfinite(si_sdr(estimate=estimate[:100], reference=speech[:100]))
    assert sdr(estimate=estimate[:600], reference=speech[:600]) > si_sdr(
        estimate=estimate[:600], reference=speech[:600]
    )


@pytest.mark.parametrize("shape", [(2, 100), (99,)])
def test_shapes_that_do_not_match_are_refused(shape):
    for score in (sdr, si_sdr):
        with pytest.raises(ValueError, match=r"must both be \(T,\)"):
            score(estimate=np.ones(shape), reference=np.ones(100))


@pytest.mark.parametrize("level", [1.0, 0.1, 0.001])
def test_si_sdr_agrees_with_fast_bss_eval(level):
    estimate, speech, _ = scene(8, level)
    expected = fast_bss_eval.si_sdr(speech[None], estimate[None], zero_mean=False)[0]
    assert si_sdr(estimate=estimate, reference=speech) == pytest.approx(float(expected), abs=1e-3)
