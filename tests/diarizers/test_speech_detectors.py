"""Where somebody speaks: the collector worked by hand, both detectors on a synthesised voice."""

import numpy as np
import pytest

from musasr.corpora.embedded.speech.synthesis import Line, synthesise
from musasr.corpora.embedded.speech.voices import make_voice
from musasr.diarizers.activity import RATE, collect, find_speech
from musasr.diarizers.settings import load_settings
from musasr.diarizers.silero import PIECE, WINDOW, speech_probabilities


def _voiced(*runs):
    return [voiced for voiced, count in runs for _ in range(count)]


def test_a_span_begins_with_the_ring_and_ends_at_its_middle():
    # 30 unvoiced, 50 voiced: more than 14 of 20 are voiced at the 15th (frame 44), when the ring holds 25-44.
    # 40 unvoiced after: more than 14 are not at the 15th (frame 94), when the ring holds 75-94, middle 85.
    frames = _voiced((False, 30), (True, 50), (False, 40))
    assert collect(frames, ring_length=20, fraction=0.7) == [(25, 85)]


def test_what_is_not_ended_ends_with_the_recording():
    assert collect(_voiced((True, 40)), ring_length=20, fraction=0.7) == [(0, 40)]


def test_a_short_burst_begins_nothing():
    assert collect(_voiced((False, 20), (True, 14), (False, 20)), ring_length=20, fraction=0.7) == []


def test_the_ring_is_emptied_when_a_span_ends():
    # Ended at frame 34 (ring 15-34, middle 25); the unvoiced before no longer weigh: 15 voiced begin one.
    frames = _voiced((True, 20), (False, 15), (True, 15))
    assert collect(frames, ring_length=20, fraction=0.7) == [(0, 25), (35, 50)]


@pytest.fixture(scope="module")
def speech():
    """One second of silence, a sentence, a second of silence."""
    text = "今日はとてもいい天気ですから、散歩に行きましょう。"
    line = Line("a", text, make_voice(3), 0.0, 1.0, -20.0, 1.0, 1.0, -70.0, RATE, "x")
    return synthesise(line)


@pytest.mark.parametrize("kind", ["silero", "webrtc"])
def test_detectors_find_the_sentence_and_not_the_silence(speech, kind):
    settings = load_settings([f"activity.kind={kind}"])["activity"]
    spans = find_speech([speech], **settings)
    duration = len(speech) / RATE
    found = sum(end - start for start, end in spans)
    assert 0.6 < spans[0][0] < 1.3
    assert duration - 1.3 < spans[-1][1] < duration - 0.3
    assert found > 0.7 * (duration - 2)
    assert spans == find_speech(np.split(speech, range(5, len(speech), 7777)), **settings)
    assert find_speech([np.zeros(2 * RATE, np.float32)], **settings) == []


def test_a_long_recording_in_pieces_is_heard_as_the_network_hears_the_whole(speech):
    import torch
    from silero_vad import load_silero_vad

    pause = np.zeros(7 * RATE, np.float32)
    samples = np.concatenate([speech, pause] * 8)[: round(1.2 * PIECE * WINDOW)]
    whole = (
        load_silero_vad(onnx=False).audio_forward(torch.from_numpy(samples)[None], RATE)[0].detach().numpy()
    )
    pieces = speech_probabilities([samples])
    assert np.array_equal(pieces, speech_probabilities(np.split(samples, range(777, len(samples), 33_333))))
    assert len(pieces) == len(whole)
    assert np.mean((pieces > 0.5) == (whole > 0.5)) > 0.995


def test_the_number_of_threads_stays_as_it_is(speech):
    import torch

    before = torch.get_num_threads()
    find_speech([speech], **load_settings()["activity"])
    assert torch.get_num_threads() == before


@pytest.mark.slow
def test_the_detector_leaves_the_number_of_threads_as_it_was(run_python):
    """Silero's package sets it to 1 for the whole process, once, where it is imported."""
    code = """
import torch
from musasr.transcribe.activity import SpeechActivity
torch.set_num_threads(3)
SpeechActivity(sampling_rate=16000, min_level_db=-55, max_below_mixture_db=8)
print(torch.get_num_threads())
"""
    assert run_python(code) == "3"
