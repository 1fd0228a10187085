"""`musasr transcribe --tag_music`: what a trained tagger hears stands between the lines that are spoken."""

import json

import numpy as np
import pytest
from tiny_tagger import noise, train_tagger
from trained_folders import untrained_workdir

from musasr import audio
from musasr.cli.main import main
from musasr.music_tags.tagger import Tagger
from musasr.transcribe.music import RATE

pytestmark = pytest.mark.slow
SECONDS = 6.0  # of noise before the speech, and after it


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    return train_tagger(tmp_path_factory.mktemp("tags"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A recogniser that has learnt nothing, and reads some letters where somebody speaks."""
    return untrained_workdir(tmp_path_factory.mktemp("work"), "none+clean").training("none+clean")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Dark noise, a sentence, bright noise."""
    pyopenjtalk, soxr = pytest.importorskip("pyopenjtalk"), pytest.importorskip("soxr")
    spoken, rate = pyopenjtalk.tts("これは音楽の中の声を聞き取るための短い文です。")
    speech = soxr.resample(spoken / 32768, rate, RATE).astype(np.float32)
    parts = [noise(SECONDS, is_dark=True), speech, noise(SECONDS, is_dark=False)]
    path = tmp_path_factory.mktemp("film") / "film.wav"
    audio.write(path, np.concatenate(parts), RATE)
    return path


@pytest.fixture
def transcribe(film, model, tmp_path):
    def transcribe(*options):
        given = ["--model", str(model), "-o", str(tmp_path / "out"), "--format", "srt,json"]
        assert main(["transcribe", str(film), *given, "--set", "reading.min_confidence=null", *options]) == 0
        return json.loads((tmp_path / "out" / "film.json").read_text())

    return transcribe


def cues(path):
    return [block.splitlines()[2] for block in path.read_text().strip().split("\n\n")]


def test_cues_of_music_are_what_the_tagger_hears_between_the_lines(transcribe, tagger, film, tmp_path):
    transcript = transcribe("--tag_music", str(tagger))
    (line,) = transcript["segments"]
    assert (line["start"], line["end"]) == pytest.approx((SECONDS, SECONDS + 4), abs=0.7)
    before, after = transcript["music"]
    assert (before["start"], before["end"]) == (0.0, line["start"])
    assert (after["start"], after["end"]) == (line["end"], transcript["duration"])
    samples, _ = audio.read(film)
    words = Tagger(tagger).words
    for one in (before, after):
        heard = samples[round(one["start"] * RATE) : round(one["end"] * RATE)]
        assert one["text"] == words(heard)
    assert "dark" in before["text"]
    assert "dark" not in after["text"]
    wanted = [f"♪ {before['text']} ♪", line["text"], f"♪ {after['text']} ♪"]
    assert cues(tmp_path / "out" / "film.srt") == wanted


def test_without_a_tagger_no_cue_is_of_music_and_one_can_come_later(transcribe, tagger, tmp_path, capsys):
    assert "music" not in transcribe()
    assert not any("♪" in cue for cue in cues(tmp_path / "out" / "film.srt"))
    assert len(transcribe("--tag_music", str(tagger))["music"]) == 2
    assert sum("♪" in cue for cue in cues(tmp_path / "out" / "film.srt")) == 2


def test_a_folder_without_a_tagger_is_one_line(film, model, tmp_path, capsys):
    given = ["--model", str(model), "-o", str(tmp_path / "out"), "--tag_music", str(model)]
    assert main(["transcribe", str(film), *given]) == 1
    assert "holds no trained network; train it first" in capsys.readouterr().err


@pytest.mark.parametrize(("station", "changes"), [("rest", True), ("party", False)])
def test_the_station_that_is_heard_decides_how_it_is_read(film, model, tagger, tmp_path, station, changes):
    """The dark noise and the sentence: the whole is one chunk of the station rest."""
    samples, _ = audio.read(film)
    dark = tmp_path / "dark.wav"
    audio.write(dark, samples[: round((SECONDS + 4) * RATE)], RATE)
    assert Tagger(tagger).answers(samples[: round((SECONDS + 4) * RATE)])[0] == "rest"
    texts = []
    for by_tag in ("null", f"{{{station}: {{maxlenratio: 0.03}}}}"):
        given = ["--model", str(model), "-o", str(tmp_path), "--format", "json", "--tag_music", str(tagger)]
        given += ["--set", "reading.min_confidence=null", "--set", f"reading.by_tag={by_tag}"]
        assert main(["transcribe", str(dark), *given]) == 0
        (line,) = json.loads((tmp_path / "dark.json").read_text())["segments"]
        texts.append(line["text"])
    assert (len(texts[1]) < len(texts[0])) is changes
    assert (texts[1] == texts[0]) is not changes
