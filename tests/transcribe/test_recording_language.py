"""The language of a recording: found by its first speech, then the same for all of it, after any stop."""

from dataclasses import replace

import pytest
from burst_film import RATE, SETTINGS, BurstReader, film, make_system

from musasr.recognizers.reader import Reading
from musasr.transcribe.language import RecordingLanguage, best_language
from musasr.transcribe.recording import Recording
from musasr.transcribe.transcribing import transcript_of

# 1.2 s that seem English, 3 s that seem Japanese, then such as seem English again.
BURSTS = [(0.5, 1.7), (3.0, 6.0), (9.0, 10.2), (14.0, 15.2)]


class LinguistReader(BurstReader):
    """Takes a long burst for Japanese, a short one for English; writes the language before each word."""

    def __init__(self, language=None):
        super().__init__()
        self.language = language
        self.num_asked = 0

    def detect_language(self, waveform):
        self.num_asked += 1
        return ("ja" if len(waveform) > 2.5 * RATE else "en"), 0.8

    def _read(self, waveform):
        reading = super()._read(waveform)
        return Reading(reading.words, spelling=f"{self.language}:{reading.text}")


def transcribed(monkeypatch, reader, *, seconds, done=()):
    system = replace(make_system(monkeypatch), reader=reader)
    settings = SETTINGS | {"reading": SETTINGS["reading"] | {"language_seconds": seconds}}
    samples = film(BURSTS, 18.0)
    recording = Recording(system, settings, done)
    found = [*done, *recording(samples[i : i + 7001] for i in range(0, len(samples), 7001))]
    return found, transcript_of(found, system, source="film")


def test_a_recording_is_read_in_the_language_of_most_of_its_first_speech(monkeypatch):
    reader = LinguistReader()
    _, transcript = transcribed(monkeypatch, reader, seconds=4.0)
    assert [one.text for one in transcript.segments] == ["en:w12", "ja:w30", "ja:w12", "ja:w12"]
    assert transcript.language == "ja"
    assert reader.num_asked == 2  # 1.5 and 3.3 s with their paddings: enough


def test_the_next_recording_is_another(monkeypatch):
    reader = LinguistReader()
    transcribed(monkeypatch, reader, seconds=4.0)
    assert reader.language is None


@pytest.mark.parametrize("num_done", range(5))
def test_it_is_the_same_after_a_stop_behind_any_chunk(monkeypatch, num_done):
    whole, transcript = transcribed(monkeypatch, LinguistReader(), seconds=4.0)
    again, resumed = transcribed(monkeypatch, LinguistReader(), seconds=4.0, done=whole[:num_done])
    assert again == whole
    assert resumed == transcript


def test_a_language_that_was_said_is_kept(monkeypatch):
    reader = LinguistReader("en")
    _, transcript = transcribed(monkeypatch, reader, seconds=4.0)
    assert {one.text[:2] for one in transcript.segments} == {"en"}
    assert (transcript.language, reader.language, reader.num_asked) == ("en", "en", 0)


def test_without_such_seconds_each_segment_is_for_itself(monkeypatch):
    reader = LinguistReader()
    transcribed(monkeypatch, reader, seconds=0)
    assert reader.num_asked == 0


def test_a_reader_of_one_language_is_left_alone():
    language = RecordingLanguage(BurstReader(), seconds=4.0)
    with language:
        language.hear([], sampling_rate=RATE)
    assert language.votes == []


def test_votes_weigh_by_their_sums():
    assert best_language([("en", 2.0, 3.0), ("ja", 1.5, 2.0), ("ja", 1.0, 1.0)]) == "ja"
    assert best_language([]) is None
