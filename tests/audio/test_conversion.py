"""Block-wise conversion: the samples of `audio.read`, whatever the length, rate and form."""

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr import audio
from musasr.audio import formats
from musasr.audio.conversion import Source, convert
from musasr.errors import DataError


def noise(seed, size, channels=1, level=0.3):
    return level * np.random.default_rng(seed).uniform(-1, 1, (size, channels))


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 9000), rate=st.sampled_from([8000, 11025, 44100]), channels=st.integers(1, 2))
def test_blocks_are_what_the_file_is_read_as(tmp_path_factory, size, rate, channels):
    path = tmp_path_factory.mktemp("blocks") / "a.wav"
    soundfile.write(path, noise(size, size, channels), rate)
    whole, _ = audio.read(path, sampling_rate=16000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "BLOCK", 1000)
        blocks = list(audio.stream_mono(path, sampling_rate=16000))
    np.testing.assert_allclose(np.concatenate(blocks), whole, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=4))
def test_a_sum_is_as_long_as_its_longest_part(tmp_path_factory, sizes):
    directory = tmp_path_factory.mktemp("sum")
    expected = np.zeros(max(sizes))
    for number, size in enumerate(sizes):
        part = noise(number, size, level=0.2)[:, 0]
        soundfile.write(directory / f"{number}.wav", part, 8000, subtype="FLOAT")
        expected[:size] += part
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "BLOCK", 1000)
        sources = [Source(directory / f"{number}.wav") for number in range(len(sizes))]
        made = convert(sources, directory / "out.wav", sampling_rate=8000)
    samples, _ = audio.read(directory / "out.wav")
    np.testing.assert_allclose(samples, expected, atol=2 / 32768)
    assert made.num_samples == max(sizes)
    assert made.peak == pytest.approx(np.abs(expected).max(), abs=1e-6)


def test_a_sum_beyond_full_scale_is_scaled_as_a_whole(tmp_path):
    samples = noise(1, 4000, level=0.9)[:, 0]
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="FLOAT")
    made = convert([Source(tmp_path / "a.wav")] * 2, tmp_path / "out.wav", sampling_rate=8000)
    result, _ = audio.read(tmp_path / "out.wav")
    np.testing.assert_allclose(result, samples / np.abs(samples).max(), atol=2 / 32768)
    assert made.peak == pytest.approx(2 * np.abs(samples).max())


def test_silence_is_not_written(tmp_path):
    soundfile.write(tmp_path / "a.wav", noise(1, 4000, level=1e-4), 8000, subtype="FLOAT")
    assert (
        convert([Source(tmp_path / "a.wav")], tmp_path / "out.wav", sampling_rate=8000, silence=1e-3) is None
    )
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_the_content_is_that_of_the_samples(tmp_path):
    steps = (1000 * noise(3, 4000)[:, 0]).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", steps, 8000)
    soundfile.write(tmp_path / "b.flac", steps, 8000)
    contents = {
        convert([Source(tmp_path / name)], tmp_path / "out.wav", sampling_rate=8000).content
        for name in ("a.wav", "b.flac")
    }
    assert len(contents) == 1


@pytest.mark.parametrize(
    ("samples", "match"), [([0.1, np.nan], "holds NaN or infinite samples"), ([], "the audio is empty")]
)
def test_what_cannot_be_converted_leaves_nothing_behind(tmp_path, samples, match):
    soundfile.write(tmp_path / "a.wav", np.array(samples), 8000, subtype="FLOAT")
    with pytest.raises(DataError, match=match):
        convert([Source(tmp_path / "a.wav")], tmp_path / "out.wav", sampling_rate=16000)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_file_that_is_cut_off_is_an_error(tmp_path):
    soundfile.write(tmp_path / "a.wav", noise(1, 4000), 8000)
    data = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(data[:-1000])
    with pytest.raises(DataError, match="the file is cut off"):
        convert([Source(tmp_path / "a.wav")], tmp_path / "out.wav", sampling_rate=8000)


@pytest.mark.slow
def test_an_hour_takes_little_memory(tmp_path, run_python):
    path = tmp_path / "hour.wav"
    with soundfile.SoundFile(path, "w", 8000, 2, subtype="PCM_16") as file:
        for _ in range(60):
            file.write(np.full((8000 * 60, 2), 0.1))
    peak = run_python(
        "import re; from pathlib import Path; from musasr.audio.conversion import Source, convert\n"
        f"convert([Source(Path({str(path)!r}))], Path({str(tmp_path / 'out.wav')!r}), sampling_rate=16000)\n"
        r"print(int(re.findall(r'VmHWM:\s*(\d+)', Path('/proc/self/status').read_text())[0]) // 1024)"
    )
    assert audio.info(tmp_path / "out.wav").duration == 3600
    assert int(peak) < 200  # MiB; its float32 samples alone would take 230
