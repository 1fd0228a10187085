import pytest

from musasr.errors import ConfigError, DataError
from musasr.kaldi import read_music_dir, read_utterances
from musasr.mixing.plan import read_plan
from musasr.names import LONGEST, check_name
from musasr.recipe.workdir import Workdir

BAD = {
    "../../ESCAPED": "holds a slash|begins with a dot",
    "a/b": "holds a slash",
    "..": "begins with a dot",
    ".hidden": "begins with a dot",
    "": "is empty",
    "a\0b": "holds a control character",
    "a\nb": "holds a control character",
    "x" * (LONGEST + 1): f"is longer than {LONGEST} bytes",
    "音" * 100: f"is longer than {LONGEST} bytes",
}


@pytest.mark.parametrize("name", ["a", "a-b_c.d", "音声-1", "$(touch x)", "a b", "-rf", "x" * LONGEST])
def test_a_name_that_can_only_be_a_file_of_its_folder_passes(name):
    assert check_name(name, "utterance id", where="here") == name


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_could_be_another_place_is_refused(name):
    with pytest.raises(DataError, match=rf"^here: the utterance id .*({BAD[name]}); use another"):
        check_name(name, "utterance id", where="here")


def test_what_is_no_text_is_refused_in_the_words_of_who_asks():
    with pytest.raises(ConfigError, match="the genre 3 is no text"):
        check_name(3, "genre", where="here", error=ConfigError)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


@pytest.mark.parametrize("utterance_id", ["../../ESCAPED", "a/b", "x" * 300])
def test_no_data_dir_gives_an_id_that_leaves_its_folder(tmp_path, utterance_id):
    write(tmp_path / "a.wav", "")
    for name, value in {"wav.scp": tmp_path / "a.wav", "utt2spk": "s", "text": "words"}.items():
        write(tmp_path / "d" / name, f"{utterance_id} {value}\n")
    with pytest.raises(DataError, match=r"utt2spk:1: the utterance id '.*(slash|dot|longer)"):
        read_utterances(tmp_path / "d")


@pytest.mark.parametrize(("recording_id", "genre"), [("../x", "jazz"), ("x", "../jazz"), ("x", "j" * 300)])
def test_no_music_dir_gives_an_id_or_genre_that_leaves_its_folder(tmp_path, recording_id, genre):
    write(tmp_path / "a.wav", "")
    values = {"wav.scp": tmp_path / "a.wav", "reco2dur": "1.0", "reco2genre": genre}
    for name, value in values.items():
        write(tmp_path / "d" / name, f"{recording_id} {value}\n")
    with pytest.raises(DataError, match=r"(wav.scp|reco2genre):1: the (recording id|genre) '"):
        read_music_dir(tmp_path / "d")


HEADER = "condition utterance_id genre snr_db recording_id music_start music_gain scale".replace(" ", "\t")
ROW = ["anime_0", "u1", "anime", "0.0", "r1", "1.0", "0.5", "1.0"]


def plan_with(tmp_path, column, value):
    row = [*ROW[:column], value, *ROW[column + 1 :]]
    write(tmp_path / "plan.tsv", HEADER + "\n" + "\t".join(row) + "\n")
    return tmp_path / "plan.tsv"


def test_a_plan_is_read(tmp_path):
    assert read_plan(plan_with(tmp_path, 0, "anime_0"))[0].utterance_id == "u1"


@pytest.mark.parametrize("column", [0, 1, 2, 4])
def test_no_plan_gives_a_name_that_leaves_its_folder(tmp_path, column):
    """Once, `musasr mix --workdir` wrote where the plan's condition led."""
    with pytest.raises(DataError, match=r"plan.tsv:2: the .* '\.\./\.\./ESCAPED' begins with a dot"):
        read_plan(plan_with(tmp_path, column, "../../ESCAPED"))


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "x" * 300, "a\0", 3, False])
def test_decode_settings_have_a_name_that_a_folder_can_have(tmp_path, name):
    with pytest.raises(ConfigError, match=r"decode.name: .* is more than letters, digits and _; choose"):
        Workdir(tmp_path, name)
