"""`musasr mix` and `musasr score` of two files: by blocks what the whole gives, in the memory of blocks."""

import json
import tracemalloc

import numpy as np
import pytest
import soundfile

from musasr import audio
from musasr.cli.main import main
from musasr.metrics import separation
from musasr.metrics.long_separation import LongScore
from musasr.mixing import gain
from musasr.mixing.dynamic import mix
from musasr.mixing.long_files import loop_blocks

RATE = 8000


def noise(num_samples, seed, level=0.3):
    return (level * np.random.default_rng(seed).uniform(-1, 1, num_samples)).astype(np.float32)


def blocks_of(samples, size):
    return [samples[start : start + size] for start in range(0, len(samples), size)]


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 12.5])
@pytest.mark.parametrize("num_music", [30_000, 200_000, 250_000])
def test_a_mixture_is_that_of_the_whole(tmp_path, capsys, snr_db, num_music):
    for name, samples in (("a", noise(200_000, 1, 0.9)), ("b", noise(num_music, 2))):
        audio.write(tmp_path / f"{name}.wav", samples, RATE)
    files = ["--speech", tmp_path / "a.wav", "--music", tmp_path / "b.wav", "--output", tmp_path / "out"]
    assert main([*map(str, ["mix", *files, "--snr_db", snr_db, "--json"])]) == 0
    speech, music = (audio.read(tmp_path / f"{name}.wav")[0] for name in "ab")
    looped = gain.loop(music, num_samples=len(speech), crossfade=RATE // 10)
    whole = mix(speech=speech, music=looped, snr_db=snr_db)
    for name in ("mixture", "speech", "music"):
        steps = soundfile.read(tmp_path / "out" / f"{name}.wav", dtype="int16")[0]
        assert np.abs(steps - audio.to_pcm16(getattr(whole, name)).astype(int)).max() <= 1
    assert json.loads(capsys.readouterr().out)["snr_db"] == pytest.approx(snr_db, abs=0.001)


@pytest.mark.parametrize(("num_piece", "crossfade"), [(1, 0), (20, 10), (50, 7), (107, 7), (300, 7)])
@pytest.mark.parametrize("size", [1, 13, 1000])
def test_blocks_are_looped_as_the_whole(num_piece, crossfade, size):
    piece = noise(num_piece, 3)
    for num_samples in (43, 100, 300):
        looped = loop_blocks(
            lambda: iter(blocks_of(piece, size)), num_samples=num_samples, crossfade=crossfade
        )
        whole = gain.loop(piece, num_samples=num_samples, crossfade=crossfade)
        assert np.array_equal(np.concatenate(list(looped)), whole)


@pytest.mark.parametrize("size", [100, 511, 4096, 100_000])
def test_scores_of_blocks_are_those_of_the_whole(size):
    reference = np.convolve(noise(20_000, 4), [1, 0.8, 0.3], "same")
    estimate = np.convolve(reference, noise(300, 5), "full")[:20_000] + noise(20_000, 6, 0.1)
    score = LongScore()
    for one, other in zip(blocks_of(estimate, size), blocks_of(reference, size), strict=True):
        score.add(estimate=one, reference=other)
    pair = {"estimate": estimate, "reference": reference}
    assert score.sdr == pytest.approx(separation.sdr(**pair), abs=1e-6)
    assert score.si_sdr == pytest.approx(separation.si_sdr(**pair), abs=1e-6)


def test_nothing_left_scores_lowest_and_no_reference_nothing():
    score = LongScore()
    score.add(estimate=np.zeros(600), reference=np.ones(600))
    assert score.sdr == score.si_sdr == -np.inf
    score = LongScore()
    score.add(estimate=np.ones(600), reference=np.zeros(600))
    assert np.isnan([score.sdr, score.si_sdr]).all()


@pytest.mark.parametrize("command", ["mix", "score"])
def test_memory_does_not_grow_with_length(tmp_path, command, capsys):
    peaks = []
    for minutes in (2, 12):
        for name in "ab":
            audio.write(tmp_path / f"{name}.wav", noise(minutes * 60 * RATE, ord(name)), RATE)
        words = {
            "mix": ["--speech", "a", "--music", "b", "--snr_db", "0", "--output", str(tmp_path / "out")],
            "score": ["--reference", "a", "--estimate", "b"],
        }[command]
        words = [str(tmp_path / f"{word}.wav") if word in ("a", "b") else word for word in words]
        main([command, *words])  # what is imported does not count
        tracemalloc.start()
        assert main([command, *words]) == 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Ten minutes more are 19 MB a file as floats.
    assert peaks[1] - peaks[0] < 2e6


@pytest.mark.parametrize("snr_db", ["nan", "inf", "-100000", "95"])
def test_an_snr_that_no_wav_holds_is_refused(tmp_path, capsys, snr_db):
    audio.write(tmp_path / "a.wav", noise(800, 1), RATE)
    files = ["--speech", tmp_path / "a.wav", "--music", tmp_path / "a.wav", "--output", tmp_path / "out"]
    assert main([*map(str, ["mix", *files, f"--snr_db={snr_db}"])]) == 1
    assert "dB is no SNR of 16-bit wavs; give -90 to 90" in capsys.readouterr().err


@pytest.mark.parametrize(("snr_db", "lost"), [(89, "music"), (-80, "speech")])
def test_a_part_of_which_16_bits_keep_nothing_is_refused_and_nothing_written(tmp_path, capsys, snr_db, lost):
    audio.write(tmp_path / "a.wav", noise(800, 1, 0.01), RATE)
    audio.write(tmp_path / "b.wav", 0.3 * np.eye(1, 800)[0], RATE)  # little energy for its peak
    files = ["--speech", tmp_path / "a.wav", "--music", tmp_path / "b.wav", "--output", tmp_path / "out"]
    assert main([*map(str, ["mix", *files, f"--snr_db={snr_db}"])]) == 1
    assert f"nothing of the {lost} is left in 16 bits at this SNR" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.wav"))


@pytest.mark.parametrize("name", ["speech", "music"])
def test_no_input_is_written_over(tmp_path, capsys, name):
    audio.write(tmp_path / "other.wav", noise(800, 1), RATE)
    audio.write(tmp_path / f"{name}.wav", noise(800, 2), RATE)
    before = (tmp_path / f"{name}.wav").read_bytes()
    inputs = {
        "speech": tmp_path / "other.wav",
        "music": tmp_path / "other.wav",
        name: tmp_path / f"{name}.wav",
    }
    words = ["mix", "--speech", inputs["speech"], "--music", inputs["music"], "--snr_db=0"]
    assert main([*map(str, [*words, "--output", tmp_path])]) == 1
    assert f"{name}.wav: would be written over; take another --output" in capsys.readouterr().err
    assert (tmp_path / f"{name}.wav").read_bytes() == before
