"""Voices, synthesis and the whole preparation of the embedded speech corpus."""

import hashlib
import itertools

import numpy as np
import pytest

from musasr import audio, kaldi
from musasr.corpora.embedded.speech import planning, synthesis
from musasr.corpora.embedded.speech.hts_voice import HtsVoice, Timbre, cepstrum_map, transform, warp
from musasr.corpora.embedded.speech.planning import Style, foretell_duration, plan
from musasr.corpora.embedded.speech.prepare import prepare
from musasr.corpora.embedded.speech.voices import make_voice, point
from musasr.errors import ConfigError
from musasr.pronunciation import load_openjtalk

SETTINGS = {
    "sampling_rate": 16000,
    "seed": 1,
    "train_hours": 0.022,
    "dev_hours": 0.003,
    "test_hours": 0.004,
    "script": "kana",
    "train_speakers": 3,
    "dev_speakers": 1,
    "test_speakers": 2,
    "filler_rate": 0.1,
    "speed_variation": 0.08,
    "pitch_variation": 0.8,
    "level_db": -26.0,
    "level_variation": 3.0,
    "noise_db": -75.0,
    "min_silence": 0.1,
    "max_silence": 0.3,
}
STYLE = Style(0.1, 0.08, 0.8, -26.0, 3.0, -75.0, (0.1, 0.3))


def fingerprints(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "wav.scp"
    }


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    assert prepare(folder, num_jobs=1, **SETTINGS) == []
    return folder


def test_sets_are_valid_and_share_neither_speakers_nor_sentences(corpus):
    texts, speakers = {}, {}
    for name in ("train", "dev", "test"):
        counts = kaldi.validate(corpus / name)
        assert counts.num_speakers == SETTINGS[f"{name}_speakers"]
        texts[name] = set(kaldi.read_table(corpus / name / "text").values())
        assert len(texts[name]) == counts.num_utterances
        speakers[name] = set(kaldi.read_table(corpus / name / "spk2utt"))
        samples = map(int, kaldi.read_table(corpus / name / "utt2num_samples").values())
        assert sum(samples) / 16000 / 3600 == pytest.approx(SETTINGS[f"{name}_hours"], rel=0.5)
    for one, other in itertools.combinations(texts, 2):
        assert not texts[one] & texts[other]
        assert not speakers[one] & speakers[other]


def test_levels_are_what_was_asked_and_nothing_clips(corpus):
    for path in (corpus / "train" / "wav").iterdir():
        samples, rate = audio.read(path)
        active = synthesis.activity(samples, rate)
        level = 10 * np.log10(np.mean(samples[: len(active) * 160].reshape(-1, 160)[active] ** 2))
        assert -29.5 < level < -22.5
        assert np.abs(samples).max() < 0.99
        assert 1.5 < len(samples) / rate < 10


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(corpus, tmp_path):
    prepare(tmp_path, num_jobs=2, **SETTINGS)
    assert fingerprints(tmp_path) == fingerprints(corpus)


def test_a_second_run_makes_only_what_is_missing_or_outdated(corpus, tmp_path, monkeypatch):
    made = []
    real = synthesis.synthesise
    monkeypatch.setattr(
        "musasr.corpora.embedded.speech.production.synthesise",
        lambda line: made.append(line.utterance_id) or real(line),
    )
    small = SETTINGS | {"train_hours": 0.003}
    prepare(tmp_path, num_jobs=1, **small)
    before = fingerprints(tmp_path)
    victim, broken = sorted((tmp_path / "train" / "wav").iterdir())[:2]
    victim.unlink()
    broken.write_bytes(b"RIFF")
    made.clear()
    prepare(tmp_path, num_jobs=1, **small)
    assert sorted(made) == [victim.stem, broken.stem]
    assert fingerprints(tmp_path) == before
    made.clear()
    prepare(tmp_path, num_jobs=1, **(small | {"script": "mixed"}))
    assert made == []
    assert kaldi.read_table(tmp_path / "test" / "text") != kaldi.read_table(corpus / "test" / "text")
    prepare(tmp_path, num_jobs=1, **(small | {"level_db": -30.0}))
    assert len(made) == sum(
        len(list((tmp_path / name / "wav").iterdir())) for name in ("train", "dev", "test")
    )


def test_the_training_size_leaves_the_test_set_alone():
    speakers = {"train": 3, "dev": 1, "test": 2}
    plans = [
        plan({"test": 0.01, "dev": 0.01, "train": hours}, speakers, STYLE, 16000, 7) for hours in (0.01, 0.03)
    ]
    assert plans[0]["test"] == plans[1]["test"]
    small, large = plans[0]["train"].sentences, plans[1]["train"].sentences
    assert large[: len(small)] == small
    assert plan({"test": 0.01}, {"test": 2}, STYLE, 16000, 8)["test"].sentences != plans[0]["test"].sentences


def test_foretold_durations_are_near_the_made_ones():
    lines = plan({"test": 0.01}, {"test": 3}, STYLE, 16000, 2)["test"]
    foretold = sum(foretell_duration(s, line) for s, line in zip(lines.sentences, lines.lines, strict=True))
    made = sum(len(synthesis.synthesise(line)) / 16000 for line in lines.lines)
    assert made == pytest.approx(foretold, rel=0.05)


def test_too_few_sentences_are_an_error(monkeypatch):
    monkeypatch.setattr(planning, "SHORTEST", 8.999)
    with pytest.raises(ConfigError, match="no new sentence in 200 attempts; ask for fewer hours"):
        plan({"test": 0.01}, {"test": 1}, STYLE, 16000, 2)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("script", "romaji", "script: 'romaji' is not one of mixed, kana"),
        ("dev_hours", 0, "dev_hours: 0 is not above 0"),
        ("test_speakers", 0, "test_speakers: 0 is below 1"),
        ("filler_rate", 1.5, "filler_rate: 1.5 is not within 0 and 1"),
        ("min_silence", 0.5, "min_silence: 0.5 is not within 0 and max_silence"),
        ("speed_variation", 1.0, "speed_variation: 1.0 is not from 0 to below 1"),
        ("level_db", 3.0, "level_db: 3.0 is not below 0"),
    ],
)
def test_settings_without_a_meaning_are_refused(tmp_path, key, value, message):
    with pytest.raises(ConfigError, match=message):
        prepare(tmp_path, num_jobs=1, **(SETTINGS | {key: value}))
    assert not list(tmp_path.iterdir())


def test_voices_differ_and_every_run_of_them_has_low_and_high_ones():
    voices = [make_voice(number) for number in range(60)]
    assert len({voice.speaker_id for voice in voices}) == 60
    nearest = min(np.linalg.norm(np.subtract(point(a), point(b))) for a in range(20) for b in range(a))
    assert nearest > 0.1
    for start in range(50):
        pitches = [voice.half_tone for voice in voices[start : start + 4]]
        assert max(pitches) - min(pitches) > 6


def test_the_cepstrum_map_moves_the_spectrum_to_the_scaled_frequencies():
    cepstrum = np.zeros(35)
    cepstrum[:6] = (1.0, 0.8, -0.5, 0.3, 0.2, -0.1)
    mapped = cepstrum_map((0.55, 48000), (0.42, 16000), 1.1) @ cepstrum
    frequencies = np.linspace(100, 7000, 50)
    old = np.cos(np.outer(warp(2 * np.pi * frequencies / 1.1 / 48000, 0.55), np.arange(35))) @ cepstrum
    new = np.cos(np.outer(warp(2 * np.pi * frequencies / 16000, 0.42), np.arange(35))) @ mapped
    np.testing.assert_allclose(new, old, atol=0.01)


def test_a_voice_that_changes_nothing_is_the_voice_itself():
    with open(load_openjtalk().DEFAULT_HTS_VOICE.decode(), "rb") as file:
        content = file.read()
    same, original = HtsVoice(transform(content, Timbre(1.0, 0.0, 1.0), 48000)), HtsVoice(content)
    assert same.header == original.header
    for name, num_counts in (("STREAM_PDF[MCP]", 5), ("STREAM_PDF[LF0]", 5), ("GV_PDF[MCP]", 1)):
        expected = original.table(name, num_counts)
        np.testing.assert_allclose(same.table(name, num_counts), expected, rtol=1e-3, atol=1e-4)
