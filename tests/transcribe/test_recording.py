"""A recording read from start to end: what is found where, in little memory, the same after every stop."""

from dataclasses import replace

import numpy as np
import pytest
from burst_film import RATE, SETTINGS, BurstReader, film, make_system

from musasr.recognizers.reader import Reading
from musasr.transcribe.activity import SECONDS as WINDOW_SECONDS
from musasr.transcribe.hearing import Hearing
from musasr.transcribe.picture import picture_of
from musasr.transcribe.recording import Recording
from musasr.transcribe.transcribing import transcript_of

BURSTS = [(0.5, 1.5), (3.0, 5.5), (9.0, 9.8), (14.0, 19.0)]
SECONDS = 21.0


def blocks(samples, size=7001):
    return (samples[first : first + size] for first in range(0, len(samples), size))


def records(system, done=(), samples=None, settings=SETTINGS):
    samples = film(BURSTS, SECONDS) if samples is None else samples
    return list(Recording(system, settings, done)(blocks(samples)))


def segments(found):
    return [segment for record in found for segment in record.segments]


@pytest.mark.parametrize("with_separator", [True, False])
def test_every_burst_is_a_segment_with_its_word_at_its_time(monkeypatch, with_separator):
    found = segments(records(make_system(monkeypatch, with_separator=with_separator)))
    assert [segment.text for segment in found] == ["w10", "w25", "w8", "w50"]
    for segment, (start, end) in zip(found, BURSTS, strict=True):
        (word,) = segment.words
        assert word.start == pytest.approx(start, abs=0.01)
        assert word.end == pytest.approx(end, abs=0.01)
        assert segment.start <= word.start < word.end <= segment.end
        assert segment.start == pytest.approx(start - 0.15, abs=0.04)
        assert segment.heard == ("separated" if with_separator else "raw")


@pytest.mark.parametrize(("searched", "num_found"), [("separated", 0), ("mixture", 4)])
def test_speech_may_be_looked_for_in_the_mixture(monkeypatch, searched, num_found):
    quiet = 0.2 * film(BURSTS, SECONDS)  # the separator halves it: less than what counts as loud
    settings = {**SETTINGS, "segments": {**SETTINGS["segments"], "searched": searched}}
    found = records(make_system(monkeypatch), samples=quiet, settings=settings)
    assert sum(len(record.speech) for record in found) == num_found


def test_no_segment_reaches_across_a_gap(monkeypatch):
    for segment in segments(records(make_system(monkeypatch))):
        assert not any(segment.start < gap < segment.end for gap in (2.2, 7.0, 12.0, 20.0))


@pytest.mark.parametrize("num_done", range(7))
def test_it_goes_on_after_any_chunk_to_the_same_end(monkeypatch, num_done):
    whole = records(make_system(monkeypatch))
    assert len(whole) == 6
    rest = records(make_system(monkeypatch), done=whole[:num_done])
    assert whole[:num_done] + rest == whole


def test_a_resume_separates_only_what_is_still_needed(monkeypatch):
    whole = records(make_system(monkeypatch))
    system = make_system(monkeypatch)
    records(system, done=whole[:4])
    assert system.separator.num_separated == 5  # three again: for the padding, the detector and the fade


def test_only_a_few_chunks_are_held_however_long_the_recording(monkeypatch):
    recording = Recording(make_system(monkeypatch), SETTINGS)
    samples = film([(second, second + 0.6) for second in range(0, 118, 2)], 120.0)
    most = 0
    for _ in recording(blocks(samples)):
        most = max(most, sum(len(chunk.mixture) for chunk in recording._held))
    assert most <= (SETTINGS["segments"]["max_seconds"] + 2 * 4) * RATE


def test_levels_are_those_of_speech_and_music(monkeypatch):
    (first, *_) = records(make_system(monkeypatch))
    assert first.speech_db[1] == first.music_db[1] == pytest.approx(20 * np.log10(0.15 / 2**0.5), abs=0.1)
    assert first.speech_db[4] == -120.0  # 2.0 to 2.5 s


def test_levels_and_columns_keep_the_recordings_clock(monkeypatch):
    """Chunks of 3.488 s are no whole number of half seconds: levels must not drift with each."""
    system = make_system(monkeypatch)
    samples = film([(90.5, 91.0), (95.0, 96.0)], 98.0)
    found = records(system, samples=samples)
    speech = np.array(transcript_of(found, system, source="").levels.speech_db)
    assert len(speech) == 2 * 98
    assert set(np.flatnonzero(speech > -40) / 2) <= {90.5, 95.0, 95.5, 90.0, 94.5}  # within half a second
    assert {90.5, 95.5} <= set(np.flatnonzero(speech > -40) / 2)
    levels = picture_of(found, sampling_rate=RATE).levels
    loud = np.flatnonzero(levels.max(axis=0) > 40) * WINDOW_SECONDS
    assert loud.min() == pytest.approx(90.5, abs=2 * WINDOW_SECONDS)
    assert loud.max() == pytest.approx(96.0, abs=2 * WINDOW_SECONDS)
    spans = [span for record in found for span in record.speech]
    assert spans == [
        (pytest.approx(start - 0.15, abs=0.04), pytest.approx(end + 0.15, abs=0.04))
        for start, end in ((90.5, 91.0), (95.0, 96.0))
    ]


def test_what_the_reader_is_unsure_of_is_left_out(monkeypatch):
    """The reader of these tests is sure by 0.9 of every word."""
    kept = {0.35: 4, 0.9: 4, 0.91: 0, None: 4}
    for least, count in kept.items():
        settings = SETTINGS | {"reading": SETTINGS["reading"] | {"min_confidence": least}}
        assert len(segments(records(make_system(monkeypatch), settings=settings))) == count


@pytest.mark.parametrize("surer_kind", ["raw", "separated"])
def test_of_several_ways_the_surest_reading_is_kept(monkeypatch, surer_kind):
    """The mixture is twice as loud as its estimate, by which a reader tells which it hears."""

    class PickyReader(BurstReader):
        def _read(self, waveform):
            (word,) = super()._read(waveform).words
            kind = "raw" if waveform.abs().max() > 0.2 else "separated"
            return Reading((replace(word, confidence=0.9 if kind == surer_kind else 0.8),))

    system = make_system(monkeypatch)
    system = replace(system, reader=PickyReader(), hearings=(Hearing("raw", None), *system.hearings))
    found = segments(records(system))
    assert len(found) == 4
    assert {(segment.heard, segment.words[0].confidence) for segment in found} == {(surer_kind, 0.9)}
    assert system.reader.num_read == 8


def test_silence_has_no_segments(monkeypatch):
    assert segments(records(make_system(monkeypatch), samples=np.zeros(RATE * 5, np.float32))) == []


def test_the_detectors_clock_does_not_drift_with_the_chunks(monkeypatch):
    """3.5 s are no whole number of its windows."""
    bursts = [(second, second + 0.5) for second in range(1, 99, 7)]
    found = segments(records(make_system(monkeypatch), samples=film(bursts, 100.0)))
    assert [round(segment.start + 0.15, 1) for segment in found] == pytest.approx(
        [start for start, _ in bursts], abs=0.1
    )
