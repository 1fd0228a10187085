"""Times are the container's, as a player shows them: late starts, priming, gaps, overlaps, changes."""

import itertools

import numpy as np
import pytest
from media_files import RATE, tone, tone_times, write_media

from musasr import audio
from musasr.audio import clock
from musasr.audio.clock import Clock

# Codecs without a note of their priming (in MPEG-TS and FLV) are late by it, in every player.
FORMATS = {
    "a.mkv": ("pcm_s16le", 0.002),
    "b.mkv": ("aac", 0.002),
    "a.webm": ("libopus", 0.002),
    "a.mp4": ("aac", 0.002),
    "b.mp4": ("libopus", 0.002),
    "a.mov": ("pcm_s16le", 0.002),
    "a.flv": ("aac", 0.03),
    "a.ts": ("aac", 0.03),
}


def whole(path, **options):
    blocks = list(audio.decode(path, **options))
    assert len({(rate, len(block)) for block, rate in blocks}) == 1
    return np.concatenate([block for block, _ in blocks], axis=1), blocks[0][1]


def times(path):
    samples, rate = whole(path)
    return tone_times(samples.mean(axis=0), rate)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_late_stream_is_late_and_priming_is_not_heard(tmp_path, name, start):
    codec, off = FORMATS[name]
    has_picture = name not in ("a.webm", "a.flv")
    path = write_media(tmp_path / name, tone(), codec=codec, start=start, picture=3.0 if has_picture else 0.0)
    assert times(path) == [pytest.approx((start + 0.5, start + 2.5), abs=off + 0.005)]
    assert len(whole(path)[0].T) / RATE == pytest.approx(start + 3, abs=0.031)
    read, rate = audio.read(path, sampling_rate=16000)
    assert tone_times(read, rate) == [pytest.approx((start + 0.5, start + 2.5), abs=off + 0.005)]
    assert len(read) == round(audio.info(path).num_samples / 3)
    media = audio.probe(path)
    assert media.start == pytest.approx(start, abs=0.03)
    assert media.duration == pytest.approx(max(start + 3, 3 if has_picture else 0), abs=0.05)
    assert media.has_video is has_picture


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mkv", "pcm_s16le"), ("a.mp4", "aac"), ("a.mov", "pcm_s16le")]
)
def test_a_container_of_late_sound_alone_keeps_its_own_zero(tmp_path, name, codec):
    path = write_media(tmp_path / name, tone(), codec=codec, start=1.0)
    assert times(path) == [pytest.approx((1.5, 3.5), abs=0.006)]
    assert audio.probe(path).start == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("name", ["a.ts", "a.mpg"])
def test_a_clock_that_starts_anywhere_is_0_where_the_file_begins(tmp_path, name):
    path = write_media(tmp_path / name, tone(), codec="mp2", start=60.0)
    assert times(path) == [pytest.approx((0.51, 2.51), abs=0.006)]  # mp2's encoder delays by 0.01 s
    assert audio.probe(path).start == 0
    assert audio.probe(path).duration == pytest.approx(3, abs=0.03)


def frames_with_jump(jump, *, frame, at, seconds):
    """Stamps of frames: from the time `at` on they are later by `jump`."""
    starts = np.arange(0, round(seconds * RATE), frame) / RATE
    return [time + (jump if time >= at else 0) for time in starts]


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "pcm_s16le"), ("b.mkv", "libopus"), ("a.ts", "mp2")])
def test_a_gap_in_the_stamps_is_silence(tmp_path, name, codec):
    frame = {"libopus": 960, "mp2": 1152}.get(codec, 4800)
    stamps = frames_with_jump(2.0, frame=frame, at=1.44, seconds=3.0)
    path = write_media(tmp_path / name, tone(), codec=codec, stamps=stamps, frame=frame)
    found = times(path)
    assert (found[0][0], found[-1][1]) == pytest.approx((0.5, 4.5), abs=0.02)
    (gap,) = [(end, begin) for (_, end), (begin, _) in itertools.pairwise(found)]
    assert gap == pytest.approx((1.44, 3.44), abs=0.07)
    samples, rate = whole(path)
    assert not samples[:, int((gap[0] + 0.02) * rate) : int((gap[1] - 0.02) * rate)].any()


@pytest.mark.parametrize("jump", [0.03, -0.03])
def test_jitter_changes_nothing(tmp_path, jump):
    samples = tone()
    stamps = frames_with_jump(jump, frame=4800, at=1.4, seconds=3.0)
    path = write_media(tmp_path / "a.mkv", samples, codec="pcm_s16le", stamps=stamps, frame=4800)
    np.testing.assert_allclose(whole(path)[0][0], samples, atol=1e-4)


def test_of_overlapping_stamps_the_later_sound_is_cut(tmp_path):
    samples = tone(4.0, begin=0.0, end=4.0)
    path = write_media(  # one second each, 0.8 s apart
        tmp_path / "a.mkv", samples, codec="pcm_s16le", stamps=[0.0, 0.8, 1.6, 2.4], frame=RATE
    )
    found = whole(path)[0][0]
    seconds = samples.reshape(4, RATE)
    expected = [seconds[0], *(second[RATE // 5 :] for second in seconds[1:])]
    np.testing.assert_allclose(found, np.concatenate(expected), atol=1e-4)


def test_a_silence_longer_than_a_block_is_given_in_blocks():
    pieces = list(Clock(8000, is_free_running=False).place(np.ones((2, 10), np.float32), 3600.0))
    assert sum(piece.shape[1] for piece in pieces) == 3600 * 8000 + 10
    assert max(piece.shape[1] for piece in pieces) <= 1 << 18
    assert all(len(piece) == 2 for piece in pieces)


def placed(stamps, *, is_free_running=False, rate=100):
    """Samples given after each of so many blocks of a second."""
    row = Clock(rate, is_free_running=is_free_running)
    positions = []
    for stamp in stamps:
        list(row.place(np.ones((1, rate), np.float32), stamp))
        positions.append(row.position)
    return positions


def test_a_new_clock_is_joined_without_a_gap():
    assert placed([0, 1, 5000, 5001], is_free_running=True) == [100, 200, 300, 400]
    assert placed([15, 16, 0, 1, 2.5]) == [
        1600,
        1700,
        1800,
        1900,
        2050,
    ]  # after the join the new stamps count
    assert placed([0, clock.GAP_SECONDS + 2]) == [100, 200]


def test_what_lies_before_0_is_cut_and_blocks_without_stamps_follow():
    assert placed([-1.5, -0.5, 0.5, None]) == [0, 50, 150, 250]
    assert placed([None, None]) == [100, 200]


def test_a_change_of_rate_and_channels_keeps_pitch_and_time(tmp_path):
    parts = [
        write_media(tmp_path / "1.aac", tone(2.0, rate=44100), codec="aac", rate=44100, content="adts"),
        write_media(tmp_path / "2.aac", np.stack([tone(2.0)] * 2), codec="aac", content="adts"),
        write_media(tmp_path / "3.aac", tone(2.0, rate=32000), codec="aac", rate=32000, content="adts"),
    ]
    path = tmp_path / "all.aac"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    samples, rate = whole(path)
    assert (rate, len(samples)) == (44100, 1)
    found = tone_times(samples[0], rate)
    assert [begin for begin, _ in found] == pytest.approx([0.523, 2.565, 4.602], abs=0.006)
    for begin, end in found:
        assert end - begin == pytest.approx(1.0, abs=0.02)
        middle = samples[0, int((begin + 0.1) * rate) :][: rate // 2]
        assert np.abs(np.fft.rfft(middle)).argmax() * 2 == pytest.approx(440, abs=2)


def test_cuts_are_on_the_clock(tmp_path):
    path = write_media(tmp_path / "a.mkv", tone(), codec="pcm_s16le", start=1.0)
    samples = whole(path)[0][0]
    cut, _ = audio.read(path, start=1.25, duration=1.0)
    np.testing.assert_array_equal(cut, samples[round(1.25 * RATE) : round(2.25 * RATE)])
    cuts = list(audio.read_cuts(path, [(0.5, 0.25), (1.25, 1.0)], sampling_rate=RATE))
    assert not cuts[0].any()
    np.testing.assert_array_equal(cuts[1], cut)


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "pcm_s16le"), ("a.mp4", "aac")])
def test_a_stream_in_mono_is_what_read_gives(tmp_path, name, codec):
    path = write_media(tmp_path / name, np.stack([tone(), 0 * tone()]), codec=codec, start=0.7)
    blocks = list(audio.stream_mono(path, sampling_rate=16000))
    np.testing.assert_allclose(np.concatenate(blocks), audio.read(path, sampling_rate=16000)[0], atol=1e-5)
