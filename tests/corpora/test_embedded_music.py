"""Embedded music: notes, chords, rendering, the sung line, and the sets as a whole."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr import audio, kaldi
from musasr.corpora.embedded.music import catalogue, layers, lyrics, render, scores, song
from musasr.corpora.embedded.music import prepare as music
from musasr.corpora.embedded.music.arrange import arrange
from musasr.corpora.embedded.music.harmony import QUALITIES, harmonise
from musasr.corpora.embedded.music.render import Event, Track
from musasr.corpora.embedded.music.scores import Note, Score, Source
from musasr.errors import DataError

RATE = 16000
CHORALE = Source("bach/bwv66.6.mxl")
TINY = {
    "sampling_rate": RATE,
    "seed": 3,
    "train_hours": 0.004,
    "dev_hours": 0.001,
    "test_hours": 0.001,
    "piece_seconds": [4, 8],
    "level_db": -23.0,
    "vocal_db": 3.0,
}


def _scale() -> Score:
    line = tuple(Note(float(i), 1.0, 60 + step) for i, step in enumerate((0, 2, 4, 5, 7, 5, 4, 2) * 4))
    return Score("scale", (line,), 32.0, 4.0)


def test_a_chorale_has_its_four_parts_and_no_note_of_length_zero():
    score = scores.load(CHORALE)
    assert len(score.parts) == 4
    assert score.melody_part == 0
    assert all(note.duration > 0 for part in score.parts for note in part)
    assert score.num_beats == max(note.end for part in score.parts for note in part)


def test_tied_notes_sound_once(monkeypatch):
    abc = "X:1\nT:tie\nM:4/4\nL:1/4\nK:C\n" + "C2-C2|D4|" * 10 + "\n"
    monkeypatch.setattr(scores, "tune_texts", lambda path: {1: abc})
    (part,) = scores.load(Source("none.abc", 1)).parts
    assert [(note.pitch, note.duration) for note in part[:2]] == [(60, 4.0), (62, 4.0)]
    assert len(part) == 20


@pytest.mark.parametrize(("root", "quality"), [(0, "major"), (9, "minor"), (7, "dominant"), (2, "minor")])
def test_harmonise_names_a_chord_that_is_spelt_out(root, quality):
    pitches = [48 + root + step for step in QUALITIES[quality]]
    chords = harmonise([Note(0.0, 8.0, pitch) for pitch in pitches], num_beats=8.0, slot=2.0)
    assert {(chord.root, chord.quality) for chord in chords} == {(root, quality)}
    assert [chord.start for chord in chords] == [0.0, 2.0, 4.0, 6.0]


@given(num_beats=st.floats(4, 120), transposition=st.integers(-5, 5), seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_unrolled_material_stays_within_its_length(num_beats, transposition, seed):
    material = layers.unroll(
        _scale(), num_beats=num_beats, transposition=transposition, generator=np.random.default_rng(seed)
    )
    notes = [note for voice in material.voices for note in voice]
    assert max(note.end for note in notes) <= num_beats + 1e-6
    assert material.chords[-1].end == pytest.approx(num_beats)
    gaps = [b.start - a.end for a, b in zip(material.melody, material.melody[1:], strict=False)]
    assert all(gap > -1e-6 for gap in gaps)


def test_a_note_is_rendered_at_its_time_and_pitch():
    track = Track(73, (Event(0.5, 1.5, 69, 100),))
    samples = render.synthesise([track], duration=2.0, sampling_rate=RATE)
    assert len(samples) == 2 * RATE
    assert np.max(np.abs(samples[: int(0.49 * RATE)])) < 1e-3 * np.max(np.abs(samples))
    spectrum = np.abs(np.fft.rfft(samples[RATE // 2 : 3 * RATE // 2]))
    assert 100 + np.argmax(spectrum[100:600]) == pytest.approx(440, abs=4)


def test_master_sets_level_and_keeps_within_full_scale():
    generator = np.random.default_rng(0)
    samples = render.master(generator.standard_normal(RATE * 4), sampling_rate=RATE, level_db=-23.0)
    assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(-23, abs=0.01)
    peaky = np.zeros(RATE * 4)
    peaky[100] = 1.0
    assert np.max(np.abs(render.master(peaky, sampling_rate=RATE, level_db=-23.0))) < 0.95
    with pytest.raises(ValueError, match="silent"):
        render.master(np.zeros(RATE), sampling_rate=RATE, level_db=-23.0)


def test_compress_lifts_the_quiet_half():
    samples = np.random.default_rng(0).standard_normal(8 * RATE) * np.repeat([1.0, 0.1], 4 * RATE)

    def contrast(x):
        return np.std(x[RATE : 3 * RATE]) / np.std(x[5 * RATE : 7 * RATE])

    assert contrast(render.compress(samples, sampling_rate=RATE, amount=0.5)) < 0.4 * contrast(samples)


def test_the_singer_keeps_to_the_melody():
    melody = [Event(0.6 * i, 0.6 * (i + 1), pitch, 100) for i, pitch in enumerate((60, 64, 67, 65, 62, 60))]
    voice = song.sing(melody, num_samples=4 * RATE, sampling_rate=RATE, generator=np.random.default_rng(1))
    heard, _ = song.load_world().harvest(voice.samples.astype(float), RATE, frame_period=5.0)
    both = (heard[: len(voice.pitch)] > 0) & (voice.pitch[: len(heard)] > 0)
    assert both.sum() > 250
    cents = 1200 * np.log2(heard[: len(both)][both] / voice.pitch[: len(both)][both])
    assert np.median(np.abs(cents)) < 20
    steady = [np.median(voice.pitch[int(200 * (0.6 * i + 0.3)) :][:40]) for i in range(6)]
    intervals = 12 * np.log2(np.array(steady[1:]) / np.array(steady[:-1]))
    assert intervals == pytest.approx(np.diff([60, 64, 67, 65, 62, 60]), abs=0.4)


def test_the_voice_has_the_asked_level_over_the_band():
    generator = np.random.default_rng(0)
    band, voice = generator.standard_normal((2, RATE)).astype(np.float32)
    mixed = song.over(band, 0.01 * voice, level_db=6.0)
    ratio = np.mean((mixed - band) ** 2) / np.mean(band**2)
    assert 10 * np.log10(ratio) == pytest.approx(6.0, abs=0.1)


@given(number=st.integers(1, 200), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_every_note_gets_a_mora_that_can_be_sung(number, seed):
    drawn = lyrics.draw_lyrics(number, np.random.default_rng(seed))
    assert len(drawn.morae) == number
    assert not set(drawn.morae) & set("っー ")
    assert "".join(drawn.words).replace(" ", "").replace("っ", "").startswith("".join(drawn.morae[:4]))


def test_no_composition_is_in_two_sets_and_every_named_file_exists():
    sets = {
        (genre, set_name): {
            source for sources, _ in catalogue.families(genre, set_name) for source in sources
        }
        for genre in music.STYLES
        for set_name in ("train", "dev", "test")
    }
    held = [source for sources in sets.values() for source in sources]
    assert len(held) == len(set(held))
    assert len(sets["anime", "train"]) > 1000
    assert all((scores.corpus_folder() / source.path).is_file() for source in held)
    for genre, styles in music.STYLES.items():
        named = {style for _, names in catalogue.families(genre, "test") for style in names}
        assert named <= set(styles)


def test_titles_add_up_to_the_hours_and_repeat_no_composition_early():
    titles = catalogue.titles(
        "anime", "test", hours=1.5, piece_seconds=[60, 150], seed=1, without=frozenset({CHORALE})
    )
    assert sum(title.duration for title in titles) == pytest.approx(1.5 * 3600)
    assert len({title.source for title in titles}) == len(titles)
    assert len({title.recording_id for title in titles}) == len(titles)


@pytest.mark.parametrize(("genre", "style"), [(g, s) for g, styles in music.STYLES.items() for s in styles])
def test_every_style_fills_its_title(genre, style):
    arrangement = arrange(
        scores.load(CHORALE), music.STYLES[genre][style], duration=20.0, generator=np.random.default_rng(2)
    )
    assert sum(track.program is not None for track in arrangement.tracks) <= 15
    covered = np.zeros(200, dtype=bool)
    for track in arrangement.tracks:
        for event in track.events:
            covered[int(10 * event.start) : int(10 * event.end) + 1] = True
    assert covered[:190].mean() > 0.95


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The sets, made by one process."""
    output = tmp_path_factory.mktemp("music")
    assert music.prepare(output, num_jobs=1, **TINY) == []
    return output


def _digests(output):
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in output.rglob("*.wav")
    }


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(music, "_hours_of_genres", lambda *_: {"test": {"anime": 0.001, "popular": 0.001}})
    music.prepare(tmp_path, num_jobs=2, **TINY)
    made = _digests(tmp_path)
    assert len(made) == 2
    assert made.items() <= _digests(prepared).items()


def test_the_sets_hold_their_genres_and_levels(prepared):
    pieces = {name: kaldi.read_music_dir(prepared / name) for name in ("train", "dev", "test")}
    assert {piece.genre for piece in pieces["train"] + pieces["dev"]} == {"anime"}
    assert {piece.genre for piece in pieces["test"]} == {"anime", "classical", "jazz", "popular"}
    assert sum(piece.duration for piece in pieces["train"]) == pytest.approx(0.004 * 3600, abs=0.1)
    for piece in pieces["test"]:
        samples, rate = audio.read(piece.path)
        assert rate == RATE
        assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(-23, abs=0.1)


def test_songs_of_training_are_none_of_the_tests(tmp_path):
    plan = music._plan(music._hours_of_genres(0.3, 0.2, 0.2, 0.25), [60, 150], 3, {})
    hours = dict.fromkeys([(title.set_name, title.genre) for title in plan], 0.0)
    for title in plan:
        hours[title.set_name, title.genre] += title.duration / 3600
    assert hours["train", "popular"] == pytest.approx(0.075)
    assert hours["train", "anime"] == pytest.approx(0.225)
    assert hours["dev", "popular"] == pytest.approx(0.05)
    songs = [title.source for title in plan if title.genre == "popular"]
    assert len(songs) == len(set(songs))


def test_test_music_is_the_same_bytes_whatever_trains(prepared, tmp_path):
    music.prepare(tmp_path, num_jobs=1, sung_fraction=0.5, **TINY)
    made, plain = ({n: d for n, d in _digests(one).items() if "test" in n} for one in (tmp_path, prepared))
    assert made == plain
    assert {piece.genre for piece in kaldi.read_music_dir(tmp_path / "train")} == {"anime", "popular"}


def test_what_is_sung_stands_beside_the_songs_of_training(tmp_path):
    music.prepare(tmp_path, num_jobs=1, sung_fraction=0.5, **TINY)
    pieces = kaldi.read_music_dir(tmp_path / "train")
    assert {piece.genre: piece.singing is not None for piece in pieces} == {"anime": False, "popular": True}
    song = next(piece for piece in pieces if piece.singing)
    whole, singing = (audio.read(path)[0] for path in (song.path, song.singing))
    assert len(whole) == len(singing)
    power = [np.mean(part**2) for part in (whole, singing, whole - singing)]
    assert power[0] > power[1] > power[2]  # 3 dB over the band, where it sings
    assert np.corrcoef(singing, whole - singing)[0, 1] == pytest.approx(0, abs=0.1)
    # Another run removes what nobody names any more.
    music.prepare(tmp_path, num_jobs=1, **TINY)
    assert not list((tmp_path / "train").rglob("*singing*"))


def test_parts_of_a_record_add_up_to_it():
    generator = np.random.default_rng(1)
    band, voice = 0.1 * generator.standard_normal((2, 3 * RATE)).astype(np.float32)
    style = music.STYLES["popular"]["band"]

    def record(part=None):
        made = {"sampling_rate": RATE, "level_db": -23.0, "generator": np.random.default_rng(2)}
        return music.produce(band + voice, style, part=part, **made)

    assert np.allclose(record(band) + record(voice), record(), atol=1e-5)


def test_a_composition_that_cannot_be_parsed_is_replaced_and_listed(tmp_path, monkeypatch):
    plan = catalogue.titles("anime", "dev", hours=0.001, piece_seconds=[4, 8], seed=3, without=frozenset())
    broken, load = plan[0].source, scores.load

    def fail_once(source):
        if source == broken:
            raise RuntimeError("bad repeat")
        return load(source)

    music._score.cache_clear()
    monkeypatch.setattr(music.scores, "load", fail_once)
    monkeypatch.setattr(music, "_hours_of_genres", lambda *_: {"dev": {"anime": 0.001}})
    skipped = music.prepare(tmp_path, num_jobs=1, **TINY)
    assert [(item.name, item.reason) for item in skipped] == [(broken.name, "RuntimeError: bad repeat")]
    (piece,) = kaldi.read_music_dir(tmp_path / "dev")
    assert piece.duration == pytest.approx(3.6, abs=0.01)


def test_if_nothing_can_be_parsed_the_error_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(music.catalogue, "families", lambda genre, name: (((CHORALE,), ("ballad",)),))
    monkeypatch.setattr(music.scores, "load", lambda source: 1 / 0)
    music._score.cache_clear()
    with pytest.raises(DataError, match=r"no composition of anime could be used.*ZeroDivisionError"):
        music.prepare(tmp_path, num_jobs=1, **TINY)


def test_a_finished_file_is_not_rendered_again(prepared, monkeypatch):
    monkeypatch.setattr(music, "render_title", lambda *arguments: pytest.fail("rendered again"))
    before = _digests(prepared)
    music.prepare(prepared, num_jobs=1, **TINY)
    assert _digests(prepared) == before
