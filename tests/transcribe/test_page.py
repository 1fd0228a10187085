"""The page of a transcript: text stays text, and in a browser it plays, follows, and saves corrections."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pysubs2
import pytest
import soundfile
from browser import browsing
from browser_pages import WIDTHS, check_contrast, check_fits, needs_browser
from transcripts import SETTINGS, spoken, transcript

from musasr.recognizers.reader import Word
from musasr.transcribe.activity import SECONDS
from musasr.transcribe.cues import make_cues
from musasr.transcribe.music_levels import music_spans
from musasr.transcribe.page import MOST_LEVELS, marked_cues, media_link, write_page
from musasr.transcribe.picture import mel_levels, pack, picture_of
from musasr.transcribe.progress_file import ChunkRecord
from musasr.transcribe.subtitle_rules import Rules
from musasr.transcribe.transcript import Levels, Segment

RULES = Rules.from_settings(SETTINGS)
RATE = 16000
HOSTILE = """</script><script>throw 1</script> <b onclick='x'> "quoted" & &amp; \u2028 {{ 7 * 7 }}"""
NAME = "a film #1 100%? 'x' \"y\" <b>.wav"


def doubtful(text, *places, **rest):
    """A segment of which the words at these places are of low confidence."""
    segment = spoken(text, **rest)
    words = [replace(word, confidence=0.25 if n in places else 0.9) for n, word in enumerate(segment.words)]
    return replace(segment, words=tuple(words))


def tone(hertz):
    return 0.1 * np.sin(2 * np.pi * hertz * np.arange(10 * RATE) / RATE)


def picture(levels):
    speech = ((1.0, 2.6), (4.0, 5.0), (8.0, 8.8))
    chunk = ChunkRecord((), (), (), (), speech, pack(levels), levels.shape[1] * SECONDS, is_last=True)
    return picture_of([chunk], sampling_rate=RATE)


def page_data(text):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


@pytest.fixture
def film(tmp_path):
    """A page of three subtitles beside a recording of ten seconds, in a folder of its own."""
    (tmp_path / "out").mkdir()
    media = tmp_path / NAME
    soundfile.write(media, tone(220), RATE)
    levels = Levels(0.1, tuple(-20.0 - n % 20 for n in range(100)), (-math.inf,) * 50 + (-30.0,) * 50)
    recording = transcript(
        doubtful("hello there my friends", 1, start=1.0),
        doubtful(HOSTILE, start=4.0, seconds=0.1, speaker="<i>Ann</i>"),
        doubtful("good bye", 0, start=8.0),
        source=NAME,
        language="en",
        levels=levels,
    )
    path = tmp_path / "out" / "film.html"
    drawn = picture(mel_levels(np.where(np.arange(10 * RATE) < 5 * RATE, tone(220), tone(2000)), RATE))
    write_page(replace(recording, duration=10.0), media, path, settings=SETTINGS, picture=drawn)
    return path


def test_text_of_the_recording_stays_text(film):
    text = film.read_text(encoding="utf-8")
    assert text.count("<script") == 2
    assert "<b " not in text
    assert "<i>Ann" not in text
    assert "{{ 7 * 7 }}" in text
    assert not re.search(r"https?://|@import|url\(", text)
    assert page_data(text)["srt_name"] == NAME.removesuffix(".wav") + ".srt"


def test_the_recording_is_found_beside_the_page_whatever_its_name(film, tmp_path):
    assert 'src="../a%20film%20%231%20100%25%3F%20%27x%27%20%22y%22%20%3Cb%3E.wav"' in film.read_text()
    assert media_link(tmp_path / "javascript:x.mp4", tmp_path / "x.html") == "javascript%3Ax.mp4"


def test_cues_are_those_of_the_subtitles_with_doubtful_words_apart(film):
    recording = transcript(doubtful("hello there my friends", 1, 2), doubtful("good bye", 0, start=8.0))
    cues = marked_cues(recording, RULES)
    assert [[(run.text, run.confidence) for run in cue.runs] for cue in cues] == [
        [("hello ", None), ("there", 0.25), (" ", None), ("my", 0.25), (" friends", None)],
        [("good", 0.25), (" bye", None)],
    ]
    for cue, plain in zip(cues, make_cues(recording, RULES), strict=True):
        assert "".join(run.text for run in cue.runs) == "\n".join(plain.lines)


def test_a_word_is_marked_where_it_is_written_otherwise():
    words = (Word("twenty", 0, 1, 0.9), Word("ok", 1, 2, 0.1))
    (cue,) = marked_cues(transcript(Segment(0, 2, words, "20, OK.")), RULES)
    assert [(run.text, run.confidence) for run in cue.runs] == [("20, ", None), ("OK", 0.1), (".", None)]


def test_levels_of_a_long_recording_are_pooled_to_their_highest(tmp_path):
    speech = tuple([-50.0, -20.4, math.nan, -90.0] * MOST_LEVELS)
    recording = replace(transcript(), levels=Levels(0.1, speech, (-30.0,) * len(speech)))
    write_page(recording, tmp_path / "x.wav", tmp_path / "x.html", settings=SETTINGS)
    levels = page_data((tmp_path / "x.html").read_text())["levels"]
    assert levels["seconds"] == pytest.approx(0.4)
    assert (set(levels["speech"]), len(levels["speech"])) == ({-20}, MOST_LEVELS)


def test_a_page_without_speech_or_levels_is_a_page(tmp_path):
    write_page(transcript(), tmp_path / "x.wav", tmp_path / "x.html", settings=SETTINGS)
    text = (tmp_path / "x.html").read_text()
    assert (page_data(text)["levels"], page_data(text)["picture"]) == (None, None)
    assert "<li " not in text


def test_music_is_where_it_is_heard_and_is_no_rest_of_speech():
    """Half seconds: silence, music alone, under speech, far below speech, alone again, too soft."""
    speech = (-120.0, -60.0, -30.0, -30.0, -60.0, -120.0)
    levels = Levels(0.5, speech, (-120.0, -25.0, -40.0, -46.0, -49.0, -51.0))
    assert music_spans(levels) == [(0.5, 1.5), (2.0, 2.5)]
    assert music_spans(Levels(0.5, (), ())) == []


def test_a_picture_without_a_separator_shows_speech_alone(tmp_path):
    drawn = picture(mel_levels(tone(220), RATE))
    write_page(transcript(), tmp_path / "x.wav", tmp_path / "x.html", settings=SETTINGS, picture=drawn)
    text = (tmp_path / "x.html").read_text()
    data = page_data(text)["picture"]
    assert (data["speech"], data["music"]) == ([[1.0, 2.6], [4.0, 5.0], [8.0, 8.8]], [])
    assert "</i>speech</span>" in text
    assert "</i>music</span>" not in text


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.mark.slow
@needs_browser
def test_the_page_in_a_browser(film, browser, tmp_path):
    for width in WIDTHS:
        for is_dark in (False, True):
            browser.open(film, width=width, is_dark=is_dark)
            browser.await_true("player.readyState >= 1")
            check_fits(browser)
            check_contrast(browser)
            shot = browser.screenshot(tmp_path / f"{width}-{is_dark}.png")
            assert shot.stat().st_size > 10000
    assert browser.run("return player.duration") == pytest.approx(10.0, abs=0.1)
    # The keyboard.
    browser.press("j", "j")
    assert browser.run("return [player.currentTime, chosen]") == [pytest.approx(4.0), 1]
    browser.press("k", "ArrowRight")
    assert browser.run("return player.currentTime") == pytest.approx(6.0)
    browser.press("m")
    assert browser.run("return document.querySelector('.now').textContent").endswith("good bye")
    browser.press(" ")
    browser.await_true("!player.paused && player.currentTime > 8.1")
    browser.press(" ")
    browser.await_true("player.paused")
    # A click on a time plays from there, and the list follows.
    browser.run("rows[0].querySelector('.time').click()")
    browser.await_true("player.currentTime > 1 && chosen === 0")
    assert browser.run("return document.getElementById('caption').textContent") == "hello there my friends"
    browser.press(" ")


INK = """
const [canvas, time, pitch] = [document.querySelector(arguments[0] + " canvas"), arguments[1], arguments[2]];
const room = canvas.height - FOOT, lane = Math.round(room * 0.14), tall = room - 2 * lane;
const place = data.picture.pitches.find(([label]) => label === pitch)[1];
const x = Math.round(canvas.width * time), y = Math.round(lane + place * tall);
const one = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
one.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
return one.getImageData(0, 0, 1, 1).data[3];
"""


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize("is_dark", [False, True])
def test_the_spectrogram_in_a_browser(film, browser, is_dark):
    browser.open(film, width=1200, is_dark=is_dark)
    browser.await_true("player.readyState >= 1 && tiles.every((tile) => tile.complete)")
    browser.run("return new Promise(requestAnimationFrame)")
    # 220 Hz, and 2 kHz from the middle on: in the whole, and in what is near it.
    for band, low, high in (("whole", 0.3, 0.7), ("near", 0.4, 0.6)):
        browser.run("seek(5)")
        found = [browser.run(INK, f"#{band}", one, "2 kHz") for one in (low, high)]
        assert found[0] < 60 < 200 < found[1]
    # A click seeks; the cursor follows.
    click = "const box = {0}.getBoundingClientRect(); {0}.dispatchEvent(new MouseEvent('click', {{clientX: "
    click += "box.left + {1} * box.width, clientY: box.top + 20, bubbles: true}}))"
    browser.run(click.format("whole", 0.3))
    browser.await_true("Math.abs(player.currentTime - 3) < 0.1")
    head = "return parseFloat(whole.querySelector('.head').style.left)"
    assert browser.run(head) == pytest.approx(30, abs=1)
    browser.run(click.format("near", 0.6))
    browser.await_true("Math.abs(player.currentTime - 6) < 0.1")
    browser.press("ArrowLeft")
    assert browser.run(head) == pytest.approx(10, abs=1)
    assert browser.errors() == []


@pytest.mark.slow
@needs_browser
def test_corrections_are_saved_as_srt(film, browser):
    browser.open(film, width=1200)
    browser.await_true("player.readyState >= 1")
    browser.press("j", "Enter")
    assert browser.run("return document.activeElement === texts[0]")
    browser.run("getSelection().selectAllChildren(texts[0])")
    browser.press(*"Hi <b>you")
    browser.press("Enter", *"two", "Escape", "s")
    path = browser.downloads / browser.run("return data.srt_name.replace(/[\"?<>]/g, '_')")
    browser.await_file(path)
    events = pysubs2.load(str(path)).events
    assert [event.text for event in events] == [r"Hi ‹b›you\Ntwo", events[1].text, "good bye"]
    assert (events[0].start, events[2].start) == (1000, 8000)
    assert browser.errors() == []


@pytest.mark.slow
@needs_browser
def test_a_recording_that_the_browser_cannot_play_leaves_its_text(film, browser):
    next(film.parents[1].glob("*.wav")).write_bytes(b"no sound")
    browser.open(film, width=390)
    browser.await_true("!document.getElementById('fault').hidden")
    browser.press("j", "j")
    assert browser.run("return [time(), chosen]") == [4.0, 1]
    assert browser.run("return [document.scrollingElement.scrollWidth <= innerWidth, srt().length > 50]") == [
        True,
        True,
    ]
