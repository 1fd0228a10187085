import sys
from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from musasr import audio
from musasr.errors import DataError

UNIT = st.floats(-1, 1, width=32)


def tone(rate, seconds=1.0, frequency=440.0):
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def write_m4a(path, samples, rate):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


@settings(max_examples=30, deadline=None)
@given(
    samples=hnp.arrays(np.float32, st.integers(1, 400), elements=UNIT),
    rate=st.sampled_from([8000, 16000, 44100]),
)
def test_what_is_written_is_read_back_within_half_a_step(tmp_path_factory, samples, rate):
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    audio.write(path, samples, rate)
    again, got_rate = audio.read(path)
    assert got_rate == rate
    assert again.dtype == np.float32
    assert again.shape == samples.shape
    assert np.all(np.abs(again - samples) <= np.where(samples > 1 - 1 / 65536, 1, 0.5) / 32768 + 1e-9)


def test_reading_and_writing_16_bit_audio_changes_no_sample(tmp_path):
    steps = np.arange(-32768, 32768, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", steps, 16000)
    audio.write(tmp_path / "b.wav", audio.read(tmp_path / "a.wav")[0], 16000)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "b.wav", dtype="int16")[0], steps)


@settings(max_examples=30, deadline=None)
@given(
    num_samples=st.integers(1, 5000),
    from_rate=st.sampled_from([8000, 16000, 22050, 44100, 48000]),
    to_rate=st.sampled_from([8000, 16000, 22050, 44100, 48000]),
)
def test_resampling_gives_the_rounded_length(num_samples, from_rate, to_rate):
    resampled = audio.resample(np.zeros(num_samples, np.float32), from_rate, to_rate)
    assert len(resampled) == max(1, round(num_samples * to_rate / from_rate))
    assert resampled.dtype == np.float32


def test_resampling_keeps_a_tone_in_place(tmp_path):
    audio.write(tmp_path / "a.wav", tone(44100), 44100)
    samples, rate = audio.read(tmp_path / "a.wav", sampling_rate=16000)
    assert rate == 16000
    np.testing.assert_allclose(samples[500:-500], tone(16000)[500:-500], atol=2e-3)


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_channels_are_averaged_in_any_format(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.stack([tone(44100), np.zeros(44100)], axis=1), 44100)
    samples, rate = audio.read(path)
    assert (rate, len(samples)) == (44100, audio.info(path).num_samples)
    assert audio.info(path).num_channels == 2
    assert np.sqrt(np.mean(samples[5000:-5000] ** 2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [(one, "PCM_16") for one in ("wav", "flac", "aiff", "au", "w64", "caf")]
    + [("wav", one) for one in ("PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")],
)
@pytest.mark.parametrize("num_channels", [1, 2])
def test_the_numbers_are_libsndfiles_own_to_the_last_bit(tmp_path, suffix, subtype, num_channels):
    steps = np.random.default_rng(0).uniform(-1, 1, (4000, num_channels))
    steps[:2] = [[-1.0], [1.0]]  # full scale
    path = tmp_path / f"any.{suffix}"
    soundfile.write(path, steps, 16_000, subtype=subtype)
    expected = soundfile.read(path, dtype="float32", always_2d=True)[0]
    expected = expected[:, 0] if num_channels == 1 else expected.mean(axis=1)
    found, rate = audio.read(path)
    assert (found.dtype, rate) == (np.float32, 16_000)
    assert np.array_equal(found, expected)
    assert np.array_equal(audio.read(path, start=0.05, duration=0.1)[0], expected[800:2400])


def test_pyav_reads_what_libsndfile_cannot(tmp_path):
    write_m4a(tmp_path / "a.m4a", tone(44100, 2.0), 44100)
    samples, rate = audio.read(tmp_path / "a.m4a")
    info = audio.info(tmp_path / "a.m4a")
    assert (info.sampling_rate, info.num_samples, info.num_channels) == (rate, len(samples), 1)
    assert info.duration == pytest.approx(2.0, abs=0.1)
    assert np.abs(np.fft.rfft(samples[:44100])).argmax() == pytest.approx(440, abs=2)


@pytest.mark.parametrize("suffix", ["wav", "m4a"])
def test_a_cut_is_that_part_of_the_whole(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    samples = tone(16000, 2.0)
    if suffix == "wav":
        audio.write(path, samples, 16000)
    else:
        write_m4a(path, samples, 16000)
    whole, _ = audio.read(path)
    cut, _ = audio.read(path, start=0.25, duration=1.0)
    np.testing.assert_array_equal(cut, whole[4000:20000])
    cuts = list(audio.read_cuts(path, [(0.25, 1.0), (0.5, None)], sampling_rate=16000))
    np.testing.assert_array_equal(cuts[0], cut)
    np.testing.assert_array_equal(cuts[1], whole[8000:])


def test_a_cut_may_overrun_by_a_rounding_but_no_more(tmp_path):
    audio.write(tmp_path / "a.wav", tone(16000), 16000)
    assert len(audio.read(tmp_path / "a.wav", start=0.5, duration=0.55)[0]) == 8000
    with pytest.raises(
        DataError, match=r"a\.wav: the file ends at 1\.00 s, before 1\.5 s; give an earlier end"
    ):
        audio.read(tmp_path / "a.wav", start=0.5, duration=1.0)
    with pytest.raises(DataError, match="the file ends before 3 s"):
        audio.read(tmp_path / "a.wav", start=3.0)
    for start, duration in ((-1.0, 1.0), (0.5, -0.2), (0.5, 0.0)):
        with pytest.raises(DataError, match="no audio lies between"):
            audio.read(tmp_path / "a.wav", start=start, duration=duration)


def cut_off(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


@pytest.mark.parametrize("suffix", ["wav", "flac", "m4a"])
def test_a_truncated_file_is_an_error(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).uniform(-1, 1, 16000).astype(np.float32)
    if suffix == "m4a":
        write_m4a(path, noise, 16000)
    else:
        soundfile.write(path, noise, 16000)
    cut_off(path, path.stat().st_size // 2)
    with pytest.raises(DataError, match=rf"a\.{suffix}: .*; .*make the file again"):
        audio.read(path)


def test_a_wav_from_a_pipe_that_does_not_know_its_length_is_read(tmp_path):
    audio.write(tmp_path / "a.wav", tone(16000), 16000)
    content = bytearray((tmp_path / "a.wav").read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(content)
    assert len(audio.read(tmp_path / "a.wav")[0]) == 16000


def test_broken_files_are_named(tmp_path):
    (tmp_path / "text.wav").write_text("not audio at all")
    (tmp_path / "none.wav").touch()
    soundfile.write(tmp_path / "zero.wav", np.zeros(0), 16000)
    soundfile.write(tmp_path / "nan.wav", np.array([0.0, np.nan]), 16000, subtype="FLOAT")
    for name, match in (
        ("missing.wav", "no such audio file; check the path"),
        ("text.wav", "no audio can be read"),
        ("none.wav", "the file is empty"),
        ("zero.wav", "the audio is empty"),
        ("nan.wav", "the audio holds NaN or infinite samples"),
    ):
        with pytest.raises(DataError, match=rf"{name}: {match}"):
            audio.read(tmp_path / name)


def test_a_video_without_sound_is_an_error(tmp_path):
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    with pytest.raises(DataError, match="no audio stream"):
        audio.read(tmp_path / "a.mkv")


@pytest.mark.parametrize("bad", [[1.5], [np.nan], [-np.inf], [], [[0.0, 0.1]]])
def test_what_does_not_fit_is_not_written(tmp_path, bad):
    audio.write(tmp_path / "a.wav", tone(16000), 16000)
    before = (tmp_path / "a.wav").read_bytes()
    with pytest.raises(DataError, match=r"a\.wav"):
        audio.write(tmp_path / "a.wav", np.array(bad), 16000)
    assert (tmp_path / "a.wav").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_writer_that_dies_leaves_the_old_file(tmp_path, monkeypatch):
    audio.write(tmp_path / "a.wav", tone(16000), 16000)

    def die(path, *_, **__):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["soundfile"], "write", die)
    with pytest.raises(KeyboardInterrupt):
        audio.write(tmp_path / "a.wav", np.zeros(5), 16000)
    assert audio.info(tmp_path / "a.wav").num_samples == 16000
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
