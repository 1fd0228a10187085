"""musasr.load: three lines in a notebook."""

import numpy as np
import pytest
from burst_film import RATE, SETTINGS, HalfSeparator, film, make_system

import musasr
from musasr.errors import ConfigError, DataError


@pytest.fixture
def system(monkeypatch, tmp_path):
    loaded = musasr.load(tmp_path)
    loaded.__dict__ |= {"_system": make_system(monkeypatch), "_settings": SETTINGS}
    loaded.__dict__ |= {"_separator": (HalfSeparator(), RATE)}
    return loaded


def test_an_array_is_transcribed(system):
    samples = film([(1.0, 2.0), (6.0, 7.5)], 9.0)
    transcript = system.transcribe(samples, RATE)
    assert [word.text for word in transcript.words] == ["w10", "w15"]
    assert transcript.duration == 9.0
    stereo = np.stack([samples, samples])
    assert system.transcribe(stereo, RATE) == transcript


def test_an_array_is_separated_at_its_rate_and_shape(system):
    samples = np.stack([film([(1.0, 2.0)], 5.0), film([(3.0, 4.0)], 5.0)])
    sources = system.separate(samples, RATE)
    assert set(sources) == {"speech", "music"}
    np.testing.assert_allclose(sources["speech"] + sources["music"], samples, atol=1e-6)
    at_other_rate = system.separate(samples[0][:44000], 8000)
    assert at_other_rate["speech"].shape == (44000,)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 2, 2)), np.array([0.0, np.nan])])
def test_what_is_no_recording_is_one_line(system, samples):
    with pytest.raises(DataError):
        system.separate(samples, RATE)


def test_a_path_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match="nothing: no such file or folder"):
        musasr.load(tmp_path / "nothing")


def test_only_load_is_added_to_the_package():
    with pytest.raises(AttributeError, match="no attribute 'lood'"):
        _ = musasr.lood


def test_importing_the_package_loads_nothing_heavy(run_python):
    code = "import sys, musasr; print(sorted({'torch', 'numpy', 'espnet2'} & set(sys.modules)))"
    assert run_python(code) == "[]"
