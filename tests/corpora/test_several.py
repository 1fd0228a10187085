"""Music and voices of several corpora as one: every title of each, sets kept apart, settings checked."""

import pytest
import yaml
from music_files import RATE, tone
from parts import are_of_no_consequence

from musasr import kaldi, preparation
from musasr.corpora import folder, several
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
    corpora = {name: sorted(one.path.parts[-3] for one in held) for name, held in pieces.items()}
    assert corpora["train"] == ["games"] * 3 + ["own"] * 3
    assert corpora["dev"] == ["games", "own"]
    assert corpora["test"] == ["own", "own"]  # the other has no test music
    assert {one.genre for one in pieces["test"]} == {"anime", "jazz"}
    assert all(one.path.is_file() for held in pieces.values() for one in held)
    parts = folders / "out" / "parts"
    assert {one.path.parent for one in pieces["train"]} == {parts / "own" / "wav", parts / "games" / "wav"}


def test_the_test_music_of_one_corpus_is_the_same_as_without_others(folders):
    """Plans of test mixtures hold the ids: runs with other training music are compared on them."""
    parts = _parts(folders)
    _prepare(folders, parts)
    own = {key: value for key, value in parts["own"].items() if key != "type"}
    folder.prepare(folders / "alone", sampling_rate=RATE, seed=1, num_jobs=1, **own)
    alone = [one.recording_id for one in kaldi.read_music_dir(folders / "alone" / "test")]
    assert [one.recording_id for one in kaldi.read_music_dir(folders / "out" / "test")] == alone


def own_reader(output, *, sampling_rate, seed, num_jobs, pitch):
    """A user's own, which calls its titles as it likes."""
    for number, name in enumerate(("train", "dev", "test")):
        path = tone(output / "wav" / f"{name}.wav", pitch + number, rate=sampling_rate)
        kaldi.write_music_dir(output / name, [kaldi.Piece(f"x-{name}", path, 0.5, "anime")])
    return []


def test_an_id_of_two_corpora_says_which_is_meant(folders):
    pitches = {"a": 200, "b": 300}
    parts = {name: {"type": f"{__name__}:own_reader", "pitch": pitch} for name, pitch in pitches.items()}
    _prepare(folders, parts)
    ids = [one.recording_id for one in kaldi.read_music_dir(folders / "out" / "train")]
    assert ids == ["a-x-train", "b-x-train"]


def test_a_recording_of_two_corpora_is_heard_once(folders):
    tone(folders / "held" / "out.wav", 900)
    parts = _parts(folders)
    parts["own"]["dev"] = parts["games"]["dev"] = str(folders / "held")
    parts["games"]["train"] = parts["own"]["train"]
    skipped = _prepare(folders, parts)
    assert len(skipped) == 5
    assert all("same content as" in one.reason for one in skipped)
    assert {name: len(held) for name, held in _pieces(folders / "out").items()} == {
        "train": 4,
        "dev": 1,
        "test": 2,
    }


def test_test_music_that_a_corpus_has_no_more_is_not_tested_on(folders):
    tone(folders / "more" / "late.wav", 900)
    _prepare(folders, _parts(folders, games_test=str(folders / "more")))
    assert len(kaldi.read_music_dir(folders / "out" / "test")) == 3
    _prepare(folders, _parts(folders))
    assert len(kaldi.read_music_dir(folders / "out" / "test")) == 2


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


def test_a_fault_of_a_corpus_names_its_key(folders):
    parts = _parts(folders)
    parts["games"]["train"] = str(folders / "nowhere")
    with pytest.raises(
        DataError, match=r"nowhere: no such folder; set music\.parts\.games\.train to a folder"
    ):
        _prepare(folders, parts)


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
        ("{a: 5}", "music.parts.a: wants settings (key: value), got 5"),
        ("5", "music.parts: wants settings"),
        ("{}", "music.parts: wants corpora, got {}"),
        ("{../a: {type: musdb18, root: x, vocals: true}}", "music.parts: '../a' is no name"),
        ("{a: {type: [folder]}}", "music.parts.a: wants a type, got ['folder']"),
        ("{a: {type: folder, train: x, dev: null, test: null}}", "music: has no test music"),
    ],
)
def test_settings_are_checked_part_by_part(tmp_path, parts, told):
    file = tmp_path / "mine.yaml"
    file.write_text(f"base: {CONF / 'smoke.yaml'}\nmusic: {{type: several, parts: {parts}}}\n")
    with pytest.raises(ConfigError) as raised:
        load_checked(file)
    assert told in str(raised.value)


def test_a_folder_alone_has_to_have_test_music(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"base: {CONF / 'smoke.yaml'}\nmusic: {{type: folder, train: x, dev: null, test: null}}\n"
    )
    with pytest.raises(ConfigError, match="music: has no test music; name a folder of it"):
        load_checked(file)


def test_a_recipe_adds_a_corpus_and_leaves_one_out(tmp_path):
    file = tmp_path / "mine.yaml"
    mine = "{type: folder, train: mine, dev: null, test: null}"
    file.write_text(
        f"base: {CONF / 'real_recordings.yaml'}\nmusic: {{parts: {{mine: {mine}, games: null}}}}\n"
    )
    parts = load_checked(file)["music"]["parts"]
    assert set(parts) == {"embedded", "mine"}
    file.write_text(f"base: {CONF / 'real_recordings.yaml'}\nmusic: {{parts: {{gmaes: null}}}}\n")
    with pytest.raises(ConfigError, match="did you mean 'games'"):
        load_checked(file)


@pytest.mark.parametrize("place", ["music/embedded.yaml", "real_recordings.yaml"])
def test_the_defaults_music_is_the_same_wherever_it_is_spelt_out(place):
    default, other = load_checked(CONF / "mini.yaml")["music"], yaml.safe_load((CONF / place).read_text())
    assert default == (other["music"]["parts"]["embedded"] if "music" in other else other)


def test_room_is_looked_for_by_the_hours_of_every_corpus(tmp_path, monkeypatch):
    """Once those of a corpus among several were not seen, and a full disk ended the rendering."""
    config = load_checked(CONF / "real_recordings.yaml")
    asked = []
    monkeypatch.setattr(preparation, "check_room", lambda _, needed, __: asked.append(needed))
    monkeypatch.setattr(preparation, "call_reader", lambda *_, **__: [])
    with pytest.raises(DataError):
        preparation.prepare_corpus("music", config, tmp_path, num_jobs=1)
    assert asked == [pytest.approx((1.4 + 0.1 + 4 * 0.15) * 3600 * 16000 * 2)]
