import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr import text
from musasr.errors import ConfigError, DataError, StateError

LINES = ["これ は 音声 認識 の 研究 です", "音楽 の 中 で 音声 を 認識 します", "abc の 音"] * 20
WORDS = st.text(sorted(set("".join(LINES)) - {" "}), min_size=1, max_size=6)


@pytest.fixture(scope="module", params=["bpe", "char"])
def units(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp("units")
    num_units = 40 if request.param == "bpe" else None
    text.train_units(LINES, directory, unit_type=request.param, num_units=num_units)
    return text.Units.load(directory), directory


@given(st.text())
def test_normalising_twice_changes_nothing_more(raw):
    once = text.normalise(raw)
    assert text.normalise(once) == once
    assert once == " ".join(once.split())


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("ＡＢＣ　１２", "abc 12"),
        ("  音楽 \t の\n中 ", "音楽 の 中"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("か\u3099", "が"),
        ("音\u200b声\ufeff", "音声"),
        ("音▁声", "音 声"),
        ("\u200b", ""),
    ],
)
def test_one_thing_has_one_spelling(raw, normalised):
    assert text.normalise(raw) == normalised


@settings(deadline=None)
@given(words=st.lists(WORDS, max_size=8))
def test_words_survive_the_round_trip(units, words):
    line = " ".join(words)
    ids = units[0].encode(line)
    assert units[0].decode(ids) == line
    assert all(2 <= unit < units[0].num_units - 1 for unit in ids)


def test_tokens_have_espnets_order(units):
    loaded, directory = units
    tokens = (directory / "tokens.txt").read_text(encoding="utf-8").splitlines()
    assert tokens == list(loaded.tokens)
    assert (tokens[0], tokens[1], tokens[-1]) == ("<blank>", "<unk>", "<sos/eos>")
    assert len(set(tokens)) == len(tokens) == loaded.num_units


def test_espnets_own_tokenizer_gives_the_same_ids(units):
    sentencepiece_tokenizer = pytest.importorskip("espnet2.text.sentencepiece_tokenizer")
    token_id_converter = pytest.importorskip("espnet2.text.token_id_converter")
    loaded, directory = units
    tokenizer = sentencepiece_tokenizer.SentencepiecesTokenizer(str(directory / "bpe.model"))
    converter = token_id_converter.TokenIDConverter(str(directory / "tokens.txt"))
    for line in (*LINES[:3], "未知 の 音"):
        assert converter.tokens2ids(tokenizer.text2tokens(line)) == loaded.encode(line)


def test_unknown_characters_are_spelled_so(units):
    assert 1 in units[0].encode("未知 の 音")
    assert units[0].decode(units[0].encode("未知 の 音")) == "<unk> の 音"


def test_blank_and_end_are_silent_and_units_travel(units):
    loaded, _ = units
    ids = loaded.encode("音声 の")
    assert loaded.decode([0, *ids, loaded.num_units - 1]) == "音声 の"
    assert loaded.decode([]) == ""
    assert pickle.loads(pickle.dumps(loaded)).encode("音声 の") == ids


def test_training_again_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        text.train_units(LINES, tmp_path / name, unit_type="bpe", num_units=40)
    assert (tmp_path / "a/bpe.model").read_bytes() == (tmp_path / "b/bpe.model").read_bytes()
    assert text.Units.load(tmp_path / "a").num_units == 40


def test_long_lines_are_not_left_out(tmp_path):
    trained = text.train_units([" ".join(["音"] * 5000 + ["楽"])], tmp_path, unit_type="char", num_units=None)
    assert "楽" in trained.tokens


@pytest.mark.parametrize(
    ("unit_type", "num_units", "match"),
    [
        ("words", 40, "unknown unit_type 'words'; choose one of bpe, char"),
        ("bpe", None, "unit_type bpe needs num_units"),
        ("bpe", 10, r"num_units: the text cannot give 10 bpe units; set it to \d+ or more"),
        ("bpe", 2, r"num_units: the text cannot give 2 bpe units; set it to \d+ or more"),
        ("bpe", 4000, r"num_units: the text cannot give 4000 bpe units; set it to \d+ or less"),
        ("char", 5, r"num_units: the text gives \d+ char units, not 5; set it to \d+ or more"),
    ],
)
def test_a_number_that_the_text_cannot_give_is_an_error(tmp_path, unit_type, num_units, match):
    with pytest.raises(ConfigError, match=match):
        text.train_units(LINES, tmp_path, unit_type=unit_type, num_units=num_units)
    assert not (tmp_path / "tokens.txt").exists()


@pytest.mark.parametrize("asked", [10, 4000])
def test_the_mend_that_is_named_works(tmp_path, asked):
    with pytest.raises(ConfigError) as caught:
        text.train_units(LINES, tmp_path, unit_type="bpe", num_units=asked)
    possible = int(caught.value.mend.split()[3])
    assert text.train_units(LINES, tmp_path, unit_type="bpe", num_units=possible).num_units == possible


def test_no_text_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no text to train units on"):
        text.train_units(["", " "], tmp_path, unit_type="char", num_units=None)


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    with pytest.raises(StateError, match=r"no bpe\.model; run musasr prepare units"):
        text.Units.load(tmp_path)
    text.train_units(LINES, tmp_path, unit_type="char", num_units=None)
    with (tmp_path / "tokens.txt").open("a", encoding="utf-8") as file:
        file.write("extra\n")
    with pytest.raises(StateError, match="do not belong together"):
        text.Units.load(tmp_path)
    (tmp_path / "bpe.model").write_bytes(b"junk")
    with pytest.raises(StateError, match="not a sentencepiece model"):
        text.Units.load(tmp_path)
