"""Queries: pieces of words, what is not known, what makes no sense; sentences read as tags."""

import subprocess
import sys

import pytest

from musasr.errors import ConfigError, StateError
from musasr.lass.pieces import learn_pieces
from musasr.lass.tag_reading import TagReader
from musasr.lass.words import Words

CAPTIONS = [
    "a piano is playing",
    "someone plays a piano",
    "a man is speaking",
    "rain falls",
    "the sound of rain",
]


@pytest.fixture
def words():
    return Words.train(CAPTIONS, num_pieces=100, most_pieces=20)


def test_pieces_begin_with_cls_and_no_padding(words):
    pieces = words.pieces_of("A Piano is PLAYING")
    assert pieces == words.pieces_of("a piano is playing")
    assert pieces[0] == words.tokenizer.token_to_id("[CLS]")
    assert words.tokenizer.token_to_id("[PAD]") == 0
    assert 0 not in pieces
    assert words.num_pieces <= 100


def test_pieces_are_what_stands_together_most_often():
    pieces = learn_pieces({"piano": 3, "pianist": 2, "rain": 1}, number=72 + 6)
    assert pieces[72:] == ["##an", "##ian", "pian", "piano", "##is", "##ist"]  # ties go by the alphabet
    assert len(learn_pieces({"piano": 3}, number=500)) == 72 + 4
    assert {"a", "z", "##z", "0", "##9"} < set(pieces)


def test_unknown_words_are_spelt_in_pieces_that_are_known(words):
    pieces = [words.tokenizer.id_to_token(number) for number in words.pieces_of("pianist zebra")]
    assert pieces[0] == "[CLS]"
    assert "[UNK]" not in pieces
    assert "".join(piece.removeprefix("##") for piece in pieces[1:]) == "pianistzebra"


def test_vocabularies_are_the_same_in_every_process(words):
    code = (
        "from musasr.lass.words import Words; "
        f"print(Words.train({CAPTIONS!r}, num_pieces=100, most_pieces=20).tokenizer.to_str())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert other.strip() == words.tokenizer.to_str()


def test_vocabularies_come_back(words, tmp_path):
    words.save(tmp_path)
    again = Words.load(tmp_path)
    assert again.pieces_of("rain on a piano") == words.pieces_of("rain on a piano")
    assert (again.known, again.most_pieces) == (words.known, 20)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(StateError, match=r"tokenizer.json: is no vocabulary; prepare"):
        Words.load(tmp_path)
    with pytest.raises(StateError, match=r"there is no vocabulary; prepare"):
        Words.load(tmp_path / "nowhere")


def test_a_berts_vocabulary_reads_as_bert_does(tmp_path):
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "rain", "##s", "a", "piano"]) + "\n")
    words = Words.of_bert(vocabulary, ["falls"], most_pieces=12)
    assert words.pieces_of("A piano rains, x") == [2, 6, 7, 4, 5, 1, 1]
    assert words.check("eine Geige") == ["eine", "geige"]  # a BERT knows more words than the captions have
    words.save(tmp_path)
    assert Words.load(tmp_path).check("eine Geige") == ["eine", "geige"]
    with pytest.raises(ConfigError, match="has no word that this model knows: 1234"):
        words.check("1234")


def test_words_that_no_training_saw_are_named(words):
    assert words.check("A piano is playing") == []
    assert words.check("a grand piano, sadly") == ["grand", "sadly"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", r"the query: is empty; write what to separate"),
        ("  \n", r"the query: is empty"),
        ("ピアノの音", r"the query: has no word that this model knows: ピアノの音; ask, in English"),
        ("eine Geige", r"has no word that this model knows: eine, geige"),
        ("the of a", r"has no word that this model knows: the of a"),
        ("1234 !!", r"has no word that this model knows: 1234 !!"),
        ("piano " * 1667, r"the query: has \d+ pieces of words, and this model reads 20; write one short"),
    ],
)
def test_queries_that_make_no_sense_are_one_line(words, query, message):
    with pytest.raises(ConfigError, match=message) as caught:
        words.check(query)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_sentences_are_read_as_tags_by_name_or_by_the_nearest_caption():
    reader = TagReader(
        {
            "electric_guitar": ["an electric guitar", "a guitar riff"],
            "piano": ["a piano plays", "keys are struck"],
            "rain": ["rain falls", "drops patter"],
        }
    )
    assert reader.by_name("the PIANO, please") == ["piano"]
    assert reader.by_name("some guitar") == ["electric_guitar"]
    assert reader.by_name("drops are falling") == ["electric_guitar", "piano", "rain"]
    assert reader.by_caption("drops are falling") == ["rain"]
    assert reader.by_caption("struck keys") == ["piano"]
    assert reader.by_caption("zzz") == ["electric_guitar", "piano", "rain"]
