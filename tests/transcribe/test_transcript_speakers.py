"""Speakers of a transcript: words go to whoever speaks, found by a network of voices once and kept."""

import json
import os
from functools import partial

import numpy as np
import pytest
from onnx_networks import write_loudness

from musasr import audio
from musasr.diarizers import embedders
from musasr.diarizers.settings import load_settings
from musasr.diarizers.streaming import diarize_stream
from musasr.errors import ConfigError
from musasr.kaldi.rttm import Turn
from musasr.recognizers.reader import Word
from musasr.transcribe.speakers import SpeakerFinder, find_voices, with_speakers
from musasr.transcribe.subtitles import write_subtitles
from musasr.transcribe.transcript import Segment, Transcript

RATE = 16000
TURNS = [Turn(0.0, 2.0, "1"), Turn(2.0, 4.0, "2"), Turn(6.0, 8.0, "1")]


def transcript(*segments):
    return Transcript("film.mp4", 10.0, segments)


def segment(start, end, text, words):
    return Segment(start, end, tuple(Word(*word) for word in words), text)


def test_a_segment_of_two_speakers_is_cut_between_their_words():
    both = segment(
        0.5,
        3.5,
        "Good day, sir. Hello!",
        [("good", 0.5, 1), ("day", 1, 1.4), ("sir", 1.5, 1.9), ("hello", 2.2, 3)],
    )
    first, second = with_speakers(transcript(both), TURNS).segments
    assert (first.text, first.speaker, first.start, first.end) == ("Good day, sir.", "1", 0.5, 2.2)
    assert (second.text, second.speaker, second.start, second.end) == ("Hello!", "2", 2.2, 3.5)
    assert [word.text for word in first.words] == ["good", "day", "sir"]


def test_a_language_without_spaces_is_cut_too():
    both = segment(1.0, 3.0, "今日は元気", [("今日", 1, 1.5), ("は", 1.5, 1.9), ("元気", 2.1, 3)])
    assert [(one.text, one.speaker) for one in with_speakers(transcript(both), TURNS).segments] == [
        ("今日は", "1"),
        ("元気", "2"),
    ]


def test_words_between_turns_are_the_nearest_one_s_and_segments_without_times_stay_whole():
    between = segment(4.1, 4.6, "so", [("so", 4.1, 4.6)])
    untimed = segment(6.5, 7.5, "la la", [("la", None, None), ("la", None, None)])
    found = with_speakers(transcript(between, untimed), TURNS).segments
    assert [one.speaker for one in found] == ["2", "1"]
    assert with_speakers(transcript(between), []).segments == (between,)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("srt", ["[1] so", "and so", "[2] no"]),
        ("vtt", ["[1] so", "and so", "[2] no"]),
        ("ass", ["so", "and so", "no"]),
    ],
)
def test_subtitles_name_who_begins_to_speak(tmp_path, kind, lines):
    from musasr.transcribe.settings import load_settings as transcription_settings

    segments = [
        Segment(float(at), at + 1.0, (Word(text, float(at), at + 1.0),), text, speaker=speaker)
        for at, (text, speaker) in enumerate([("so", "1"), ("and so", "1"), ("no", "2")])
    ]
    path = tmp_path / f"a.{kind}"
    write_subtitles(transcript(*segments), path, kind=kind, settings=transcription_settings()["subtitles"])
    written = path.read_text()
    for line in lines:
        assert f"\n{line}\n" in written or f",{line}\n" in written
    assert ("Speaker 2,2," in written) == (kind == "ass")


class Pitch:
    """Vectors by where most of the energy lies: an embedder that needs no training."""

    def __call__(self, waveforms):
        spectrum = np.abs(np.fft.rfft(waveforms))
        return np.stack([part.sum(axis=1) for part in np.array_split(spectrum[:, :800], 8, axis=1)], axis=1)


@pytest.fixture
def recording(tmp_path):
    """200 and 900 Hz in turns of 4 s with pauses of 1 s: three minutes."""
    time = np.arange(4 * RATE) / RATE
    parts, spans = [], []
    for turn in range(36):
        spans.append((5.0 * turn, 5.0 * turn + 4))
        parts += [0.1 * np.sin(2 * np.pi * (200, 900)[turn % 2] * time), np.zeros(RATE)]
    path = tmp_path / "two.wav"
    audio.write(path, np.concatenate(parts).astype(np.float32), RATE)
    return path, spans


def test_a_long_recording_is_diarised_as_a_whole_in_small_pieces(recording):
    path, spans = recording
    settings = load_settings(["clustering.threshold=0.3"])
    found = diarize_stream(
        partial(audio.stream_mono, path, sampling_rate=RATE), spans, embedder=Pitch(), settings=settings
    )
    assert [(round(turn.start), round(turn.end), turn.speaker) for turn in found] == [
        (start, end, "12"[number % 2]) for number, (start, end) in enumerate(spans)
    ]


def test_what_was_found_is_kept_and_found_anew_for_another_network(recording, tmp_path, monkeypatch):
    path, spans = recording
    network = tmp_path / "voices.onnx"
    network.write_bytes(b"one")
    opened = []
    monkeypatch.setattr(embedders, "open_embedder", lambda *_, **__: opened.append(1) or Pitch())
    finder = SpeakerFinder(network, load_settings(["clustering.threshold=0.3"]))
    how = {"stream": 0, "speech": spans, "kept": tmp_path / "kept.json", "made_of": {"recording": "x"}}
    first = finder.turns(path, **how)
    assert finder.turns(path, **how) == first
    assert len(opened) == 1
    (tmp_path / "kept.json").write_text(json.dumps({"made_of": 1}))
    assert finder.turns(path, **how) == first
    network.write_bytes(b"another")
    assert finder.turns(path, **how) == first
    assert len(opened) == 3
    changes = ["clustering.threshold=0.3", f"overlap.segmenter={tmp_path / 'loud.onnx'}"]
    for frame in (160, 320):  # another network under the same name
        write_loudness(tmp_path / "loud.onnx", frame=frame)
        finder = SpeakerFinder(network, load_settings(changes))
        assert finder.turns(path, **how) == finder.turns(path, **how)
    assert len(opened) == 5


def test_no_network_of_voices_is_one_line_with_the_mend(tmp_path):
    with pytest.raises(
        ConfigError, match=r"no network of voices is there; train one by ./run.sh --recipe diarization"
    ):
        find_voices(tmp_path)
    for name in ("a", "b"):
        folder = tmp_path / name / "exp" / "voices"
        folder.mkdir(parents=True)
        (folder / "weights.pt").touch()
    assert find_voices(tmp_path).parts[-3:] in (("a", "exp", "voices"), ("b", "exp", "voices"))
    kept = tmp_path / "a" / "exp" / "embedder" / "diarization.yaml"
    kept.parent.mkdir()
    kept.touch()
    os.utime(kept, (4e9, 4e9))
    assert find_voices(tmp_path) == kept.parent
