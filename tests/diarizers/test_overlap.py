"""Second speakers: where a stand-in hears two at once, and whose cluster is the next nearest there."""

import numpy as np
import pytest
from onnx_networks import write_band_levels, write_loudness

from musasr.diarizers.diarizing import diarize
from musasr.diarizers.overlap import find_overlaps, with_second
from musasr.diarizers.segmenters import OnnxSegmenter
from musasr.diarizers.settings import load_settings
from musasr.diarizers.streaming import diarize_stream
from musasr.diarizers.windows import turns_of
from musasr.errors import ConfigError, StateError
from musasr.kaldi.rttm import Turn

RATE = 16_000


@pytest.fixture
def segmenter(tmp_path):
    """It hears two where a frame of 10 ms has a sample above onset."""
    return str(write_loudness(tmp_path / "loud.onnx", frame=160))


def tone(hertz, seconds, level=0.3):
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def test_overlaps_are_found_across_chunks_and_end_with_the_recording(segmenter):
    levels = [(0.3, 1.5), (0.9, 1.0), (0.3, 0.5), (0.9, 0.6)]
    samples = np.concatenate([tone(500, seconds, level) for level, seconds in levels]).astype(np.float32)
    found = find_overlaps(np.array_split(samples, 7), segmenter=segmenter, seconds=2.0, onset=0.5)
    assert np.array(found) == pytest.approx(np.array([(1.5, 2.5), (3.0, 3.6)]), abs=0.011)
    assert found[-1][1] <= len(samples) / RATE
    assert find_overlaps([samples], segmenter=segmenter, seconds=2.0, onset=0.95) == []
    assert find_overlaps([samples], segmenter=None, seconds=2.0, onset=0.5) == []


def test_the_second_speaker_is_of_the_next_nearest_cluster():
    windows = [(float(at), at + 1.0) for at in range(6)]
    labels = np.array([0, 0, 1, 1, 2, 2])
    degrees = np.radians([0, 20, 90, 75, 180, 170])  # the second window leans towards the second speaker
    vectors = np.stack([np.cos(degrees), np.sin(degrees)], axis=1)
    turns = turns_of(windows, labels)
    found = with_second(turns, [(1.2, 1.8), (4.1, 4.3)], windows=windows, vectors=vectors, labels=labels)
    assert [one for one in found if one not in turns] == [Turn(1.2, 1.8, "2"), Turn(4.1, 4.3, "2")]
    assert set(turns) < set(found)
    # Across a change of speakers each is the other's second, and their turns become longer.
    found = with_second(turns, [(1.7, 2.4)], windows=windows, vectors=vectors, labels=labels)
    assert found == [Turn(0.0, 2.4, "1"), Turn(1.7, 4.0, "2"), Turn(4.0, 6.0, "3")]


def test_one_speaker_has_no_second():
    windows, vectors = [(0.0, 1.0), (1.0, 2.0)], np.ones((2, 3))
    turns = turns_of(windows, [0, 0])
    assert with_second(turns, [(0.5, 1.5)], windows=windows, vectors=vectors, labels=[0, 0]) == turns


def bands(waveforms):
    """The energy in bands of 100 Hz."""
    spectra = np.abs(np.fft.rfft(waveforms, axis=1)) ** 2
    size = round(100 * waveforms.shape[1] / RATE)
    return spectra[:, : 20 * size].reshape(len(waveforms), 20, size).sum(axis=2)


def test_a_recording_with_an_overlap_has_both_speakers_there(segmenter):
    first, second = tone(450, 4), tone(950, 4)
    both = tone(450, 1) + tone(950, 1)
    samples = np.concatenate([first, both, second]).astype(np.float32)
    changes = ["clustering.threshold=0.6", "windows.seconds=1.0"]
    alone, helped = load_settings(changes), load_settings([*changes, f"overlap.segmenter={segmenter}"])
    helped["overlap"]["onset"] = 0.4
    speech = [(0.0, 9.0)]
    how = {"embedder": bands, "speech": speech}
    without = diarize(samples, RATE, settings=alone, **how)
    assert [turn.speaker for turn in without] == ["1", "2"]
    turns = diarize(samples, RATE, settings=helped, **how)
    assert turns == diarize_stream(
        lambda: np.array_split(samples, 5), speech, embedder=bands, settings=helped
    )
    assert [turn.speaker for turn in turns] == ["1", "2"]
    assert (turns[0].start, turns[1].end) == (0, 9)
    assert turns[0].end == pytest.approx(5, abs=0.02)
    assert turns[1].start == pytest.approx(4, abs=0.02)


def test_what_is_no_segmenter_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"overlap.segmenter: .*no.onnx: no such file; check the path"):
        load_settings([f"overlap.segmenter={tmp_path / 'no.onnx'}"])
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(
        StateError, match=r"a.onnx: is no network that ONNX can run; name a network that maps"
    ):
        OnnxSegmenter(tmp_path / "a.onnx")
    other = OnnxSegmenter(write_band_levels(tmp_path / "b.onnx", num_bands=16))
    with pytest.raises(
        StateError, match=r"b.onnx: gives values of shape \(1, 16\); name a network that maps"
    ):
        other(np.zeros(16, np.float32))
    with pytest.raises(StateError, match=r"b.onnx: takes no chunk of 32 samples; set its seconds"):
        other(np.zeros(32, np.float32))
