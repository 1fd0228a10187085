"""Tagged pieces made on the spot: rules, tunes in a known mode, what is known of them, whole sets."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr import audio
from musasr.corpora.embedded.music.arrange import Arrangement, arrange
from musasr.corpora.embedded.music.layers import top_line
from musasr.corpora.embedded.music.render import Event, Track
from musasr.corpora.embedded.music.scores import Note
from musasr.corpora.embedded.music.styles import ANIME, Style
from musasr.corpora.embedded.tags import intents, prepare, rules
from musasr.corpora.embedded.tags.compose import SCALES, compose
from musasr.corpora.tagged import Track as Tagged
from musasr.corpora.tagged import check_disjoint, read_tracks, write_tracks
from musasr.errors import DataError

TINY = {
    "sampling_rate": 16000,
    "seed": 5,
    "train_pieces": 3,
    "dev_pieces": 2,
    "test_pieces": 2,
    "piece_seconds": [3, 4],
    "scores_fraction": 0.4,
    "sung_fraction": 0.5,
}
PIECE = {
    "tempo": 100.0,
    "is_minor": False,
    "notes_per_second": 10.0,
    "level_db": -25.0,
    "swing": 0.5,
    "room_seconds": 1.0,
    "instruments": frozenset(),
    "is_sung": False,
}


def piece(**changes) -> rules.Attributes:
    return rules.Attributes(**{**PIECE, **changes})


@pytest.mark.parametrize(
    ("changes", "station"),
    [
        ({"tempo": 120.0, "instruments": {"drums"}}, "party"),
        ({"tempo": 107.9, "instruments": {"drums"}}, "focus"),
        ({"tempo": 99.0, "is_minor": True}, "lonely"),
        ({"tempo": 99.0}, "rest"),
        ({"tempo": 130.0, "is_minor": True}, "focus"),
    ],
)
def test_stations_follow_from_tempo_mode_and_drums(changes, station):
    assert rules.station_of(piece(**changes)) == station


def test_tags_follow_from_what_is_known():
    assert rules.tags_of(piece()) == ("major",)
    loud = piece(tempo=130.0, level_db=-18.0, instruments={"drums", "brass"}, swing=0.62)
    wanted = {"brass", "drums", "fast", "major", "loud", "swinging", "happy", "energetic", "epic"}
    assert set(rules.tags_of(loud)) == wanted
    still = piece(tempo=60.0, is_minor=True, level_db=-30.0, notes_per_second=3.0, room_seconds=2.0)
    assert set(rules.tags_of(still)) == {"slow", "minor", "quiet", "sparse", "spacious", "sad", "calm"}


@given(st.floats(40, 200), st.booleans(), st.sets(st.sampled_from([*rules.INSTRUMENTS, rules.DRUMS])))
def test_every_piece_has_a_station_a_mode_and_the_tags_of_its_instruments(tempo, is_minor, instruments):
    made = piece(tempo=tempo, is_minor=is_minor, instruments=instruments)
    tags = set(rules.tags_of(made))
    assert rules.station_of(made) in rules.STATIONS
    assert ("minor" in tags) is is_minor
    assert ("major" in tags) is not is_minor
    assert instruments <= tags


def test_the_readme_shows_the_rules():
    readme = (Path(__file__).parents[2] / "egs" / "music_tags" / "README.md").read_text()
    assert rules.table() in readme


@pytest.mark.parametrize("is_minor", [False, True])
def test_a_tune_is_in_its_mode_and_ends_on_its_tonic(is_minor):
    heard = []
    for number in range(12):
        tune = compose("tune", is_minor=is_minor, generator=np.random.default_rng(number))
        heard.append(prepare.is_in_minor(tune))
        tonic = tune.parts[-1][-1].pitch
        steps = {(note.pitch - tonic) % 12 for part in tune.parts for note in part}
        assert steps <= {*SCALES[is_minor], 11}
        assert all(part[0].start == 0 and part[-1].end == tune.num_beats for part in tune.parts)
        assert tune.melody_part == 0
    assert heard.count(is_minor) >= 10


def test_a_style_is_drawn_at_one_tempo_and_with_drums_as_often_as_meant():
    generator = np.random.default_rng(0)
    drawn = [intents.draw_style(intents.INTENTS["party"], generator) for _ in range(60)]
    assert all(106 <= style.tempo[0] == style.tempo[1] <= 168 for style in drawn)
    assert sum(bool(style.drums) for style in drawn) >= 50
    assert all(sum(one.values()) == pytest.approx(1) for one in intents.CHANCES.values())


def test_what_is_known_of_an_arrangement_is_counted_from_its_notes():
    def notes(count, first=0.0):
        return tuple(Event(first + 0.1 * i, first + 0.1 * i + 0.1, 60, 90) for i in range(count))

    tracks = (Track(0, notes(8)), Track(40, notes(7)), Track(None, notes(9, 9.9)), Track(24, notes(8, 10.0)))
    style = Style(tempo=(90, 90), swing=(0.6, 0.6), room=(1.5, 1.5))
    made = Arrangement(tracks, (), style, 91.5)
    known = prepare.attributes_of(made, is_minor=True, duration=10.0, level_db=-20.0, is_sung=False)
    assert known.instruments == {
        "piano"
    }  # seven notes are too few, and what begins after the end is not heard
    assert known.notes_per_second == pytest.approx((8 + 7 + 1) / 10)
    assert (known.tempo, known.swing, known.room_seconds) == (91.5, 0.6, 1.5)


def test_a_piece_is_sung_where_a_voice_has_enough_notes_before_its_end():
    def is_sung(count, *, is_sung=True):
        melody = tuple(Event(i, i + 1.0, 60, 90) for i in range(count))
        made = Arrangement((), melody, Style(tempo=(90, 90), swing=(0.5, 0.5), room=(1, 1)), 90)
        said = {"is_minor": True, "duration": 7.5, "level_db": -20.0, "is_sung": is_sung}
        return "singing" in rules.tags_of(prepare.attributes_of(made, **said))

    assert [is_sung(7), is_sung(8), is_sung(8, is_sung=False)] == [False, True, False]


def test_a_sung_piece_has_a_voice_and_no_player_that_leads(monkeypatch):
    def plan(is_sung):
        return prepare.Plan("dev-00000", "dev", None, 4.0, 1, 16000, is_sung)

    tune = compose("tune", is_minor=False, generator=np.random.default_rng(1))
    style = Style(tempo=(100, 100), chords=(0,), strums=("beat",), leads=(73,))
    monkeypatch.setattr(prepare.song, "over", lambda band, voice, level_db: (band, voice))
    arrangement, (band, voice) = prepare._played(plan(True), tune, style, np.random.default_rng(2))
    assert {track.program for track in arrangement.tracks} == {0}
    assert len(voice) == len(band)
    assert np.abs(voice).max() > 0.01
    arrangement, band = prepare._played(plan(False), tune, style, np.random.default_rng(2))
    assert {track.program for track in arrangement.tracks} == {0, 73}
    assert band.ndim == 1


def test_the_tempo_of_an_arrangement_is_that_of_its_beats():
    tune = compose("tune", is_minor=False, generator=np.random.default_rng(1))
    style = Style(tempo=(100, 100), chords=(0,), strums=("beat",), leads=(73,))
    made = arrange(tune, style, duration=12.0, generator=np.random.default_rng(2))
    strums = sorted({round(e.start, 1) for track in made.tracks if track.program == 0 for e in track.events})
    assert np.median(np.diff(strums)) == pytest.approx(60 / made.tempo, abs=0.11)


def test_a_part_that_rests_has_no_top_line():
    assert top_line(()) == ()
    assert top_line((Note(0, 2, 60), Note(0, 2, 64), Note(1, 1, 50))) == (Note(0, 1, 64), Note(1, 1, 50))


def test_a_table_of_tracks_is_read_as_it_was_written(tmp_path):
    tracks = [
        Tagged("a", tmp_path / "a.wav", "first", "someone", "rest", ("calm", "slow")),
        Tagged("b", tmp_path / "b.wav", "second"),
    ]
    write_tracks(tmp_path / "set", tracks)
    assert read_tracks(tmp_path / "set") == tracks


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ([Tagged("a", Path("a"), "t"), Tagged("a", Path("b"), "u")], "a comes twice; leave one out"),
        ([Tagged("a", Path("a"), "t\tu")], "a field holds a tab or a line's end; rename it"),
        ([Tagged("a", Path("a"), "t", tags=("x|y",))], "a tag holds '|'; rename it"),
    ],
)
def test_a_table_that_could_not_be_read_is_not_written(tracks, message, tmp_path):
    with pytest.raises(DataError) as error:
        write_tracks(tmp_path, tracks)
    assert message in str(error.value)


def test_a_title_or_an_artist_in_two_sets_is_refused():
    own = [Tagged("a", Path("a"), "one", "x")]
    check_disjoint([("train", own), ("test", [Tagged("b", Path("b"), "two", "y")])])
    with pytest.raises(DataError, match="the title 'one' is in train and in test"):
        check_disjoint([("train", own), ("test", [Tagged("b", Path("b"), "one", "y")])])
    with pytest.raises(
        DataError, match="the artist 'x' is in train and in test; split by titles and artists"
    ):
        check_disjoint([("train", own), ("test", [Tagged("b", Path("b"), "two", "x")])])


def test_an_empty_table_is_said(tmp_path):
    write_tracks(tmp_path, [])
    with pytest.raises(DataError, match="has no track; prepare the corpus again"):
        read_tracks(tmp_path)


@pytest.mark.slow
def test_sets_are_the_same_for_any_number_of_jobs_and_share_no_title(tmp_path):
    assert prepare.prepare(tmp_path / "one", num_jobs=1, **TINY) == []
    made = {name: read_tracks(tmp_path / "one" / name) for name in ("train", "dev", "test")}
    assert [len(tracks) for tracks in made.values()] == [3, 2, 2]
    check_disjoint(made.items())
    for track in (one for tracks in made.values() for one in tracks):
        assert track.station in rules.STATIONS
        assert set(track.tags) <= set(rules.TAGS)
        assert 3 <= audio.info(track.path).duration <= 4
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*.wav")}
    prepare.prepare(tmp_path / "one", num_jobs=1, **TINY)  # whole files are kept
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*.wav")}
    prepare.prepare(tmp_path / "two", num_jobs=2, **TINY)
    for path in stamps:
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes()
        assert path.with_suffix(".json").read_bytes() == other.with_suffix(".json").read_bytes()
    prepare.prepare(tmp_path / "one", num_jobs=1, **{**TINY, "train_pieces": 1})
    assert len(list((tmp_path / "one" / "train" / "wav").iterdir())) == 2  # the wav and what is known of it


def test_a_score_that_cannot_be_read_gives_way_to_a_tune(monkeypatch):
    def fail(source):
        raise KeyError("clef")

    monkeypatch.setattr(prepare, "_load", fail)
    plan = prepare.Plan("dev-00000", "dev", prepare.Source("bach/bwv66.6.mxl"), 3.0, 1, 16000)
    score, is_minor, skipped = prepare._score(plan, np.random.default_rng(0))
    assert skipped == "KeyError: 'clef'"
    assert score.name == "tune-dev-00000"
    assert is_minor in (True, False)


def test_the_ballad_is_left_as_it_is_in_the_house():
    assert ANIME["ballad"].tempo == (66, 92)  # drawn styles are copies
