"""Every kind of spoilt table is one line that names its place; what people do write is read."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musasr import audio, kaldi
from musasr.corpora import kaldi_dir, table_corpus
from musasr.corpora.csj import sdb
from musasr.corpora.folder import read_details
from musasr.corpora.tsv import read_rows
from musasr.errors import DataError, MusasrError, StateError
from musasr.mixing.plan import read_plan

RATE = 8000
LONG = "x" * 300


@pytest.fixture(scope="module")
def wavs(tmp_path_factory):
    """A folder of six wavs of a second, 0.wav to 5.wav."""
    directory = tmp_path_factory.mktemp("wavs")
    for number in range(6):
        samples = 0.3 * np.random.default_rng(number).uniform(-1, 1, RATE)
        audio.write(directory / f"{number}.wav", samples, RATE)
    return directory


def data_dir(directory, wavs, *, prefix, texts=("one", "two"), **tables):
    """A data dir of two utterances, some of its tables with another content: text or bytes, None for none."""
    directory.mkdir(parents=True)
    ids = [f"{prefix}-a", f"{prefix}-b"]
    content = {
        "wav.scp": "".join(f"{one} {wavs / str(number)}.wav\n" for number, one in enumerate(ids)),
        "text": "".join(f"{one} {text}\n" for one, text in zip(ids, texts, strict=True)),
        "utt2spk": "".join(f"{one} {prefix}\n" for one in ids),
    }
    for name, text in (content | {key.replace("_", "."): value for key, value in tables.items()}).items():
        if text is not None:
            data = (
                text
                if isinstance(text, bytes)
                else text.replace("WAVS", str(wavs)).encode("utf-8", "surrogateescape")
            )
            (directory / name).write_bytes(data)
    return directory


def prepare_dirs(tmp_path, wavs, **tables):
    sources = {
        name: str(data_dir(tmp_path / name, wavs, prefix=name, **(tables if name == "train" else {})))
        for name in ("train", "dev", "test")
    }
    return kaldi_dir.prepare(tmp_path / "out", sampling_rate=RATE, seed=1, num_jobs=1, **sources)


TWO = "train-a {}\ntrain-b {}\n"
DIRS = [
    ({"wav_scp": None}, "the data dir has no wav.scp"),
    ({"text": None}, "the data dir has no text"),
    ({"utt2spk": None}, "the data dir has no utt2spk"),
    ({"wav_scp": ""}, "wav.scp: the file is empty"),
    ({"wav_scp": "train-a WAVS/0.wav"}, "wav.scp:1: the last line has no newline"),
    ({"wav_scp": "train-a WAVS/0.wav\r\ntrain-b WAVS/1.wav\r\n"}, "wav.scp:1: the line ends in CR LF"),
    ({"wav_scp": "train-b WAVS/0.wav\ntrain-a WAVS/1.wav\n"}, "train-a stands after train-b: unsorted"),
    ({"wav_scp": "train-a WAVS/0.wav\ntrain-a WAVS/1.wav\n"}, "train-a comes twice"),
    ({"wav_scp": TWO.format("WAVS/9.wav", "WAVS/1.wav")}, "names a file that does not exist"),
    ({"wav_scp": TWO.format("WAVS", "WAVS/1.wav")}, "names a file that does not exist"),
    ({"wav_scp": TWO.format("sox WAVS/0.wav -t wav - |", "WAVS/1.wav")}, "is a command, which is not run"),
    ({"wav_scp": TWO.format("touch CANARY |", "WAVS/1.wav")}, "is a command, which is not run"),
    ({"wav_scp": TWO.format("$(touch CANARY)", "WAVS/1.wav")}, "names a file that does not exist"),
    ({"wav_scp": TWO.format("~/x.wav", "WAVS/1.wav")}, "begins with ~"),
    ({"wav_scp": TWO.format("http://127.0.0.1/x.wav", "WAVS/1.wav")}, "names a file that does not exist"),
    ({"wav_scp": TWO.format("WAVS/x.ark:123", "WAVS/1.wav")}, "names a file that does not exist"),
    ({"wav_scp": TWO.format(LONG, "WAVS/1.wav")}, "names a file that does not exist"),
    ({"wav_scp": TWO.format("a\0b", "WAVS/1.wav")}, "train"),
    ({"wav_scp": b"train-a \xff\xfe\n"}, "wav.scp:1: not UTF-8"),
    ({"wav_scp": "train-a\ntrain-b WAVS/1.wav\n"}, "train-a has nothing after it"),
    ({"wav_scp": "\ntrain-a WAVS/0.wav\n"}, "the line is blank or begins with a space"),
    (
        {
            "wav_scp": "../../a WAVS/0.wav\ntrain-b WAVS/1.wav\n",
            "utt2spk": "../../a s\ntrain-b s\n",
            "text": "../../a x\ntrain-b y\n",
        },
        "../../a",
    ),
    ({"wav_scp": f"{LONG} WAVS/0.wav\n", "utt2spk": f"{LONG} s\n", "text": f"{LONG} x\n"}, "is longer than"),
    ({"text": TWO.format("x", "")}, "train-b has nothing after it"),
    ({"text": TWO.format("x", "\u3000")}, "train-b has no words"),
    ({"text": TWO.format("x", "<s> y")}, "reserved word"),
    ({"text": TWO.format("x", "a\x07b")}, "unprintable"),
    ({"text": TWO.format("x", "\ufeff")}, "unprintable"),
    ({"text": TWO.format("x", "\u202e y")}, "unprintable"),
    ({"text": "train-a x\n"}, "train-b is not in text"),
    ({"text": "train-a x\ntrain-b y\ntrain-c z\n"}, "train-c is not in utt2spk"),
    ({"utt2spk": TWO.format("s t", "s")}, "has 2 speakers"),
    ({"utt2spk": "train-a s\n"}, "is not in utt2spk"),
    ({"spk2utt": "s train-a\n"}, "spk2utt"),
    ({"segments": TWO.format("r 0 1", "r 1")}, "train"),
    ({"segments": TWO.format("r 0 1", "r 0 nan")}, "train"),
    (
        {"wav_scp": "r WAVS/0.wav\n", "segments": TWO.format("r 0 0.5", "\v")},
        "for recording, start and end",
    ),
    (
        {"wav_scp": "r WAVS/0.wav\n", "segments": TWO.format("r 0 0.5", "r 0.5 nan")},
        "for recording, start and end",
    ),
    (
        {"wav_scp": "r WAVS/0.wav\n", "segments": TWO.format("r 0 0.5", "r 0.5 0.5")},
        "ends at 0.5 s, starts at",
    ),
    (
        {"wav_scp": "r WAVS/0.wav\n", "segments": TWO.format("r 0 0.5", "r -1 0.5")},
        "ends at 0.5 s, starts at -1",
    ),
    (
        {"wav_scp": "r WAVS/0.wav\n", "segments": TWO.format("r 0 0.5", "q 0 0.5")},
        "recording q is not in wav.scp",
    ),
    ({"wav_scp": "r WAVS/0.wav\n", "segments": TWO.format("r 0 0.5", "r 0.5 9")}, "ends at"),
    (
        {"wav_scp": "r WAVS/0.wav\n", "segments": TWO.format("r 0 0.5", "r 1e999 2e999")},
        "for recording, start",
    ),
]


@pytest.mark.parametrize(("tables", "message"), DIRS, ids=lambda value: str(value)[:40])
def test_a_spoilt_data_dir_is_one_line(tmp_path, monkeypatch, wavs, tables, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MusasrError) as caught:
        prepare_dirs(tmp_path, wavs, **tables)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("**/CANARY"))


TEXTS = {
    "Japanese": "音楽 の 中",
    "emoji": "hello \U0001f469\u200d\U0001f4bb "
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Persian": "می\u200cخواهم کتاب\u200cها",
    "Hindi": "क्\u200dष हिन्दी",
    "Arabic": "\u200fمرحبا \u200eabc",
    "Thai": "ภาษาไทย",
    "Korean": "한국어 가각",
    "Turkish": "İstanbul ığdır",
    "combining": "e\u0301a\u0308",
    "quotes": 'it\'s "so" $(x) `y` \\ | ; <b>',
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_of_the_world_pass(tmp_path, wavs, name):
    assert prepare_dirs(tmp_path, wavs, texts=(TEXTS[name], "two")) == []
    kept = kaldi.read_utterances(tmp_path / "out" / "train")
    assert kept[0].text
    assert kept[1].text == "two"


TABLES = [
    (b"", "unknown column ''"),
    (b"\xff\xfe", "not UTF-8"),
    ("audio\n0.wav\n", "no column 'text'"),
    ("audio\ttext\taudio\n", "column 'audio' comes twice"),
    ("audio\ttext\tspeeker\n", "unknown column 'speeker'; did you mean 'speaker'"),
    ("audio\ttext\n0.wav\n", "1 fields, where the header has 2"),
    ("audio\ttext\n0.wav\ta\tb\n", "3 fields, where the header has 2"),
    ("audio\ttext\n\ta\n", "audio is empty"),
    ("audio\ttext\n0.wav\t \n", "text is empty"),
    ("audio\ttext\n0.wav\t\u200b\n", "no visible character"),
    ("audio\ttext\n0.wav\t<s>\n", "reserved word"),
    ("audio\ttext\n9.wav\ta\n", "no utterance with audio"),
    ("audio\ttext\n" + LONG + ".wav\ta\n", "no utterance with audio"),
    ("audio\ttext\na\0b.wav\ta\n", "no utterance with audio"),
    ("audio\ttext\n0.wav\ta\n", "one speaker cannot serve train and test"),
    ("audio\ttext\tstart\n0.wav\ta\tx\n", "start is 'x'"),
    ("audio\ttext\tstart\n0.wav\ta\t-1\n", "start is '-1'"),
    ("audio\ttext\tstart\n0.wav\ta\tnan\n", "start is 'nan'"),
    ("audio\ttext\tend\n0.wav\ta\tinf\n", "end is 'inf'"),
    ("audio\ttext\tstart\tend\n0.wav\ta\t1\t0.5\n", "ends at 0.5 s, starts at 1 s"),
    (
        "audio\ttext\tspeaker\tid\n0.wav\ta\ts\t1\n1.wav\tb\ts\t1\n2.wav\tc\tt\t1\n3.wav\td\tu\t1\n",
        "is the utterance of",
    ),
]


@pytest.mark.parametrize(("content", "message"), TABLES, ids=lambda value: str(value)[:40])
def test_a_spoilt_table_of_speech_is_one_line(tmp_path, wavs, content, message):
    table = tmp_path / "all.tsv"
    for number in range(6):
        (tmp_path / f"{number}.wav").symlink_to(wavs / f"{number}.wav")
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    fractions = {"dev": None, "test": None, "dev_fraction": 0.1, "test_fraction": 0.1}
    with pytest.raises(MusasrError) as caught:
        table_corpus.prepare(
            tmp_path / "out", sampling_rate=RATE, seed=1, num_jobs=1, train=str(table), **fractions
        )
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


HEADER = "condition\tutterance_id\tgenre\tsnr_db\trecording_id\tmusic_start\tmusic_gain\tscale\n"
FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = [
    "a",
    "b",
    "0",
    "1",
    "-1",
    "1e9",
    "nan",
    "s",
    "audio",
    "text",
    "path",
    "start",
    "0.wav",
    "(F あ)",
    "名詞",
]
MARKS = [" ", "\t", "\n", "\r\n", "\0", "..", "/", "|", "\u3000", "\ufeff", "\u200d", "00.123-01.000"]
WORDS = st.sampled_from(PIECES + MARKS)
CONTENTS = st.binary(max_size=60) | st.lists(WORDS, max_size=25).map(lambda words: "".join(words).encode())


def only_our_errors(read) -> None:
    """Run a reader to its end: it gives something, or says in one line why not."""
    try:
        read()
    except MusasrError as error:
        line = str(error)
    else:
        return
    assert "\n" not in line
    assert line


def consume(rows) -> None:
    for _ in rows:
        pass


@FUZZ
@given(
    content=CONTENTS,
    name=st.sampled_from(["wav.scp", "text", "utt2spk", "spk2utt", "segments", "utt2num_samples"]),
)
def test_any_bytes_in_a_data_dir(tmp_path_factory, wavs, content, name):
    directory = data_dir(
        tmp_path_factory.mktemp("fuzz") / "data", wavs, prefix="s", **{name.replace(".", "_"): content}
    )
    only_our_errors(lambda: kaldi.read_utterances(directory))
    only_our_errors(lambda: kaldi.read_table(directory / name))


@FUZZ
@given(content=CONTENTS)
def test_any_bytes_in_a_table(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzz.tsv"
    path.write_bytes(content)
    only_our_errors(lambda: consume(read_rows(path, required=["audio", "text"], optional=["start", "end"])))
    only_our_errors(lambda: read_details(path))


@FUZZ
@given(content=CONTENTS, has_header=st.booleans())
def test_any_bytes_in_a_plan(tmp_path_factory, content, has_header):
    path = tmp_path_factory.getbasetemp() / "plan.tsv"
    path.write_bytes((HEADER.encode() if has_header else b"") + content)
    only_our_errors(lambda: read_plan(path))


@pytest.mark.parametrize(
    "cells",
    [
        ["../../x", "u", "anime", "0", "r", "0", "1", "1"],
        ["anime_0", "../u", "anime", "0", "r", "0", "1", "1"],
        ["anime_0", "u", "anime", "nan", "r", "0", "1", "1"],
        ["anime_0", "u", "anime", "0", "r", "x", "1", "1"],
        ["anime_0", "u", "anime", "0", "r", "0", "1"],
        ["anime_0", "u", "anime", "0", LONG, "0", "1", "1"],
    ],
    ids=itertools.count(),
)
def test_a_spoilt_row_of_a_plan_is_one_line(tmp_path, cells):
    path = tmp_path / "plan.tsv"
    path.write_text(HEADER + "\t".join(cells) + "\n")
    with pytest.raises((StateError, DataError), match=r"plan\.tsv:2"):
        read_plan(path)


@FUZZ
@given(content=CONTENTS)
def test_any_bytes_in_a_transcript_of_csj(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "A01M0001.sdb"
    path.write_bytes(content)
    only_our_errors(lambda: list(sdb.read_rows(path)))


def test_names_of_any_length_become_ids_that_fit_and_stay_apart(tmp_path, wavs):
    rows = [f"{wavs}/{number}.wav\ttext\t{LONG}{number // 2}\t{LONG}{number}" for number in range(6)]
    (tmp_path / "all.tsv").write_text("audio\ttext\tspeaker\tid\n" + "\n".join(rows) + "\n")
    fractions = {"dev": None, "test": None, "dev_fraction": 0.1, "test_fraction": 0.1}
    made = table_corpus.prepare(
        tmp_path / "out", sampling_rate=RATE, seed=1, num_jobs=1, train=str(tmp_path / "all.tsv"), **fractions
    )
    ids = {
        one.utterance_id
        for name in ("train", "dev", "test")
        for one in kaldi.read_utterances(tmp_path / "out" / name)
    }
    assert (made, len(ids), max(map(len, ids))) == ([], 6, 200)
