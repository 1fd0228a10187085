"""Speech from tables and folders: what comes out, how one table is split, and what is wrong with it."""

import logging

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from musasr import audio, kaldi, text
from musasr.corpora import table_corpus as table
from musasr.corpora.readers import settings_of
from musasr.corpora.transcribed import Entry
from musasr.errors import ConfigError, DataError
from musasr.recipe import config

RATE = 8000


def noise(path, seed, *, seconds=1.0, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.3 * np.random.default_rng(seed).uniform(-1, 1, round(seconds * rate)), rate)
    return path


def write(path, rows, columns="audio text speaker"):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(columns.split()), *("\t".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def source(tmp_path):
    """A table of twelve utterances of six speakers."""
    rows = []
    for number in range(12):
        noise(tmp_path / "corpus" / "audio" / f"{number}.wav", number)
        rows.append((f"audio/{number}.wav", f"Hello, World {number}", f"sp{number // 2}"))
    return write(tmp_path / "corpus" / "all.tsv", rows)


def prepare(output, train, **changes):
    settings = {"dev": None, "test": None, "dev_fraction": 0.1, "test_fraction": 0.2, "num_jobs": 1}
    settings |= {name: str(value) if name in ("dev", "test") else value for name, value in changes.items()}
    return table.prepare(output, sampling_rate=RATE, seed=1, train=str(train), **settings)


def read(output):
    return {name: kaldi.read_utterances(output / name) for name in ("train", "dev", "test")}


@pytest.mark.slow
def test_one_table_is_split_by_speaker(tmp_path, source):
    assert prepare(tmp_path / "out", source) == []
    sets = read(tmp_path / "out")
    speakers = {name: {one.speaker_id for one in held} for name, held in sets.items()}
    assert {name: len(held) for name, held in sets.items()} == {"train": 8, "dev": 2, "test": 2}
    assert set.union(*speakers.values()) == {f"sp{number}" for number in range(6)}
    assert sum(map(len, speakers.values())) == 6
    assert {one.text for one in sets["test"]} <= {f"hello, world {number}" for number in range(12)}
    again = prepare(tmp_path / "again", source, num_jobs=2)
    assert again == []
    assert [one.utterance_id for one in read(tmp_path / "again")["test"]] == [
        one.utterance_id for one in sets["test"]
    ]


def test_three_tables_stay_what_they_are(tmp_path, source, caplog):
    tables = {}
    for name, numbers in (("train", range(8)), ("dev", range(8, 10)), ("test", range(10, 12))):
        rows = [(f"audio/{number}.wav", "a", f"sp{number // 2}") for number in numbers]
        tables[name] = write(source.parent / f"{name}.tsv", rows)
    prepare(tmp_path / "out", tables["train"], dev=tables["dev"], test=tables["test"])
    assert {name: len(held) for name, held in read(tmp_path / "out").items()} == {
        "train": 8,
        "dev": 2,
        "test": 2,
    }
    assert not caplog.records


def test_cuts_ids_and_recordings_as_speakers(tmp_path):
    whole = noise(tmp_path / "talks" / "a b.flac", 1, seconds=3.0)
    noise(tmp_path / "talks" / "c.wav", 2)
    rows = [
        ("talks/a b.flac", "first", 0.5, 1.25, ""),
        ("talks/a b.flac", "second", 2, "", ""),
        ("talks/a b.flac", "third", "", 0.5, "named"),
        ("talks/c.wav", "whole", "", "", ""),
    ]
    other = write(tmp_path / "other.tsv", [("talks/c.wav", "x", "z")])
    prepare(
        tmp_path / "out",
        write(tmp_path / "cuts.tsv", rows, "audio text start end id"),
        dev=write(tmp_path / "dev.tsv", [("talks/c.wav", "x", "y")]),
        test=other,
    )
    train = {one.utterance_id: one for one in read(tmp_path / "out")["train"]}
    assert {key: one.num_samples for key, one in train.items()} == {
        "talks_a_b-talks_a-b-0000500-0001250": 6000,
        "talks_a_b-talks_a-b-0002000-end": 8000,
        "talks_a_b-named": 4000,
        "talks_c-talks_c": 8000,
    }
    samples, _ = audio.read(whole)
    cut, _ = audio.read(train["talks_a_b-talks_a-b-0000500-0001250"].path)
    np.testing.assert_allclose(cut, samples[4000:10000], atol=2 / 32768)


def test_a_folder_of_audio_beside_texts(tmp_path):
    root = tmp_path / "corpus"
    for number, name in enumerate(("ann/1", "ann/2", "bob/1", "eve/1", "alone")):
        noise(root / f"{name}.wav", number)
        (root / f"{name}.txt").write_text(f"Line one\nline {number}\n", encoding="utf-8")
    noise(root / "ann" / "no text.wav", 9)
    noise(root / ".hidden" / "x.wav", 9)
    (skipped,) = prepare(tmp_path / "out", root)
    assert skipped.reason == "no no text.txt beside it"
    utterances = {one.utterance_id: one for held in read(tmp_path / "out").values() for one in held}
    assert set(utterances) == {"ann-ann_1", "ann-ann_2", "bob-bob_1", "eve-eve_1", "alone-alone"}
    assert utterances["bob-bob_1"].text == "line one line 2"


def test_what_cannot_be_used_is_listed(tmp_path, source):
    rows = [("nowhere.wav", "a", "sp0"), ("audio/broken.wav", "b", "sp0"), ("audio/silent.wav", "c", "sp0")]
    (source.parent / "audio" / "broken.wav").write_bytes(b"RIFF but no more")
    soundfile.write(source.parent / "audio" / "silent.wav", np.zeros(800), RATE)
    with source.open("a") as lines:
        lines.writelines("\t".join(row) + "\n" for row in rows)
    skipped = sorted(prepare(tmp_path / "out", source), key=lambda item: item.name)
    assert len(skipped) == 3
    assert skipped[0].reason.startswith("no such file: ")
    assert skipped[0].name == f"{source}:14"
    assert "no audio can be read" in skipped[1].reason
    assert "is silent" in skipped[2].reason


@pytest.mark.parametrize(
    ("columns", "row", "match"),
    [
        ("audio words", "a.wav\tx", r"t\.tsv:1: unknown column 'words'; known here: audio, text"),
        ("audio text", "a.wav\t", r"t\.tsv:2: text is empty; fill it"),
        ("audio text", "a.wav\t\u200b", r"t\.tsv:2: the text has no visible character; write its words"),
        ("audio text", "a.wav\tx <S> y", r"t\.tsv:2: the text holds the reserved word <s>; remove the word"),
        ("audio text start", "a.wav\tx\tone", r"t\.tsv:2: start is 'one'; give seconds"),
        ("audio text start", "a.wav\tx\t-1", r"t\.tsv:2: start is '-1'; give seconds"),
        ("audio text start end", "a.wav\tx\t2\t1", r"t\.tsv:2: ends at 1 s, starts at 2 s; fix the times"),
        ("audio text", "gone.wav\tx", r"t\.tsv: no utterance with audio; check the paths"),
        (
            "audio text speaker",
            "a.wav\tx\tann",
            r"t\.tsv: one speaker cannot serve train and test; name speech\.test",
        ),
    ],
)
def test_a_faulty_table_names_its_line_and_the_mend(tmp_path, columns, row, match):
    noise(tmp_path / "a.wav", 1)
    (tmp_path / "t.tsv").write_text("\t".join(columns.split()) + "\n" + row + "\n")
    with pytest.raises(DataError, match=match):
        prepare(tmp_path / "out", tmp_path / "t.tsv")


def test_a_table_in_another_encoding_and_a_missing_one(tmp_path):
    (tmp_path / "t.tsv").write_bytes("audio\ttext\na.wav\tcafé\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"t\.tsv: not UTF-8; convert"):
        prepare(tmp_path / "out", tmp_path / "t.tsv")
    with pytest.raises(DataError, match=r"gone\.tsv: no such table; check the path"):
        prepare(tmp_path / "out", tmp_path / "gone.tsv")


def test_two_utterances_of_one_id_are_named(tmp_path, source):
    with source.open("a") as lines:
        lines.write("audio/0.wav\tthe same file again\tsp0\n")
    with pytest.raises(
        DataError, match=r"all\.tsv:14: sp0-audio_0 is the utterance of .*all\.tsv:2 too; give each"
    ):
        prepare(tmp_path / "out", source)


def test_two_speakers_of_one_id_are_named(tmp_path, source):
    with source.open("a") as lines:
        lines.write("audio/0.wav\tx\ta b\naudio/1.wav\ty\ta-b\n")
    with pytest.raises(
        DataError, match=r"all\.tsv:15: speakers 'a b' and 'a-b' would have one id; rename one"
    ):
        prepare(tmp_path / "out", source)


def test_speakers_of_train_and_test_are_a_warning(tmp_path, source, caplog):
    noise(source.parent / "more.wav", 20)
    test = write(source.parent / "test.tsv", [("more.wav", "x", "sp0")])
    dev = write(source.parent / "dev.tsv", [("more.wav", "x", "sp9")])
    with caplog.at_level(logging.WARNING):
        prepare(tmp_path / "out", source, dev=dev, test=test)
    assert "1 of 1 test speakers are in train too" in caplog.text


def test_a_share_is_between_0_and_1(tmp_path, source):
    with pytest.raises(ConfigError, match=r"speech\.test_fraction: 1\.5 is not between 0 and 1"):
        prepare(tmp_path / "out", source, test_fraction=1.5)


@given(names=st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), min_size=2, max_size=20))
def test_ids_sort_by_speaker_as_kaldi_wants(names):
    entries = [Entry("", None, "", speaker, name) for speaker, name in names]
    ordered = sorted(entries, key=lambda entry: entry.utterance_id)
    speakers = [entry.speaker_id for entry in ordered]
    assert speakers == sorted(speakers)
    assert all(entry.utterance_id.startswith(f"{entry.speaker_id}-") for entry in entries)


@pytest.mark.parametrize("unit_type", ["bpe", "char"])
def test_the_english_recipe_resolves_and_its_units_spell_english(tmp_path, source, unit_type):
    recipe = config.load(config.CONF / "english.yaml", settings=[f"units.unit_type={unit_type}"])
    assert recipe["speech"]["type"] == "table"
    settings = settings_of(recipe["speech"]) | {"train": str(source), "dev_fraction": 0.2}
    table.prepare(tmp_path / "out", sampling_rate=RATE, seed=1, num_jobs=1, **settings)
    lines = [one.text for one in read(tmp_path / "out")["train"]]
    size = {"bpe": 25, "char": None}[unit_type]
    units = text.train_units(lines, tmp_path / "units", unit_type=unit_type, num_units=size)
    assert units.decode(units.encode("hello, world 1")) == "hello, world 1"
