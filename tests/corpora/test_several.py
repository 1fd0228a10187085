"""Music and voices of several corpora as one: every title of each, sets kept apart, settings checked."""

import pytest
from music_files import RATE, tone
from parts import are_of_no_consequence

from musasr import kaldi, preparation
from musasr.corpora import several
from musasr.errors import ConfigError, DataError
from musasr.recipe.checks import load_checked
from musasr.recipe.config import CONF


@pytest.fixture
def folders(tmp_path):
    """Two folders of training titles of their own, one test folder."""
    for number in range(4):
        tone(tmp_path / "own" / f"title {number}.wav", 200 + 20 * number)
        tone(tmp_path / "games" / f"title {number}.wav", 400 + 20 * number, seconds=1.0)
    tone(tmp_path / "test" / "Jazz" / "one.wav", 700)
    tone(tmp_path / "test" / "opening.wav", 720)
    return tmp_path


def _parts(root, *, games_test=None):
    own = {"type": "folder", "train": str(root / "own"), "dev": None, "test": str(root / "test")}
    games = {"type": "folder", "train": str(root / "games"), "dev": None, "test": games_test}
    return {"own": own, "games": games}


def _prepare(root, parts, output="out", **options):
    return several.prepare(root / output, sampling_rate=RATE, seed=1, num_jobs=1, parts=parts, **options)


def _pieces(folder):
    return {name: kaldi.read_music_dir(folder / name) for name in ("train", "dev", "test")}


def test_every_title_of_each_corpus_is_in_the_set_that_its_corpus_put_it_in(folders):
    assert _prepare(folders, _parts(folders)) == []
    pieces = _pieces(folders / "out")
    names = {
        name: sorted(one.recording_id.partition("-")[0] for one in held) for name, held in pieces.items()
    }
    assert names["train"] == ["games"] * 3 + ["own"] * 3
    assert names["dev"] == ["games", "own"]
    assert names["test"] == ["own", "own"]  # the other has no test music
    assert {one.genre for one in pieces["test"]} == {"anime", "jazz"}
    assert all(one.path.is_file() for held in pieces.values() for one in held)
    parts = folders / "out" / "parts"
    assert {one.path.parent for one in pieces["train"]} == {parts / "own" / "wav", parts / "games" / "wav"}


def test_the_jobs_of_an_array_make_the_same(folders):
    parts = _parts(folders)
    assert are_of_no_consequence(
        lambda output, part: several.prepare(
            output, sampling_rate=RATE, seed=1, num_jobs=1, parts=parts, part=part
        ),
        folders / "out",
    )


def test_what_a_corpus_left_out_is_told(folders):
    tone(folders / "games" / "silent.wav", 300, gain=0.0)
    assert [one.reason for one in _prepare(folders, _parts(folders))] == ["silent throughout"]


def test_a_recording_of_one_corpus_is_not_tested_on_in_another(folders):
    held = folders / "again"
    held.mkdir()
    for path in (folders / "own").iterdir():
        (held / path.name).write_bytes(path.read_bytes())
    with pytest.raises(DataError, match=r"the same content as .*; keep it on one side"):
        _prepare(folders, _parts(folders, games_test=str(held)))


def test_somebody_has_to_have_test_music(folders):
    parts = _parts(folders)
    parts["own"]["test"] = None
    with pytest.raises(DataError, match="none of the corpora has any"):
        _prepare(folders, parts)


def test_a_folder_alone_needs_test_music(folders):
    music = _parts(folders)["games"]
    config = {"music": music, "sampling_rate": RATE, "seed": 1, "max_skipped_fraction": 0.0}
    with pytest.raises(DataError, match="the corpus has no set test"):
        preparation.prepare_corpus("music", config, folders / "out", num_jobs=1)


def test_voices_have_two_sets(folders):
    for voice in ("anna", "bea"):
        tone(folders / "people" / voice / "a.wav", 150 if voice == "anna" else 160)
    parts = {
        "people": {"type": "folder", "train": str(folders / "people"), "dev": None},
        "others": {"type": "folder", "train": str(folders / "games"), "dev": str(folders / "own")},
    }
    several.prepare_voices(folders / "out", sampling_rate=RATE, seed=1, num_jobs=1, parts=parts)
    counts = {name: len(kaldi.read_music_dir(folders / "out" / name)) for name in ("train", "dev")}
    assert counts == {"train": 5, "dev": 5}
    assert not (folders / "out" / "test").exists()


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ("{a: {type: foldr}}", "music.parts.a: unknown type 'foldr'"),
        ("{a: {type: folder, train: x, dev: null}}", "music.parts.a: 'test' is missing"),
        ("{a: {type: folder, train: 3, dev: null, test: null}}", "music.parts.a.train: wants a path, got 3"),
        ("{a: 5}", "music.parts.a: wants the settings of a corpus, got 5"),
        ("5", "music.parts: wants settings"),
    ],
)
def test_settings_are_checked_part_by_part(tmp_path, parts, told):
    file = tmp_path / "mine.yaml"
    file.write_text(f"base: {CONF / 'smoke.yaml'}\nmusic: {{type: several, parts: {parts}}}\n")
    with pytest.raises(ConfigError) as raised:
        load_checked(file)
    assert told in str(raised.value)
