"""A corpus that is prepared by several jobs: the same bytes, and nothing made twice."""

import inspect
from functools import partial

import pytest
from csj_trees import plain_talk, write_tree
from music_files import tone
from parts import contents, run_in_parts, wavs
from test_embedded_music import TINY
from test_embedded_speech import SETTINGS

from musasr import preparation
from musasr.corpora import folder
from musasr.corpora import table_corpus as table
from musasr.corpora.csj import official
from musasr.corpora.csj import prepare as csj
from musasr.corpora.embedded.music import prepare as music
from musasr.corpora.embedded.speech import prepare as speech
from musasr.corpora.readers import MUSIC_READERS, SPEECH_READERS
from musasr.errors import StateError
from musasr.parallel import JobPart

RATE = 8000
COMMON = {"sampling_rate": RATE, "seed": 1, "num_jobs": 1}


def speech_table(root):
    """Seven recordings, one of them silent, with two utterances each."""
    lines = ["audio\ttext\tspeaker\tstart\tend"]
    for number in range(7):
        tone(root / f"{number}.wav", 200 + number, gain=0.3 if number else 0.0, seconds=1.0, rate=RATE)
        speaker = f"sp{max(1, number)}"  # the silent one is not alone in its set
        lines += [f"{number}.wav\tword {half}\t{speaker}\t{half / 2}\t{half / 2 + 0.5}" for half in (0, 1)]
    (root / "all.tsv").write_text("\n".join(lines) + "\n")
    shares = {"dev": None, "test": None, "dev_fraction": 0.2, "test_fraction": 0.2}
    return partial(table.prepare, train=str(root / "all.tsv"), **shares, **COMMON)


def music_folder(root):
    """Nine titles, one of them silent, one twice."""
    for number in range(8):
        path = root / ("test" if number > 5 else "train") / f"title {number}.wav"
        tone(path, 200 + 20 * number, gain=0.3 if number else 0.0)
    tone(root / "train" / "again.wav", 300)
    dirs = {"train": str(root / "train"), "dev": None, "test": str(root / "test")}
    return partial(folder.prepare, **dirs, **COMMON)


def spontaneous_japanese(root):
    talks = [plain_talk(talk_id) for talk_id in ("A02F0901", "A03M0902", *official.TEST_SETS["eval1"])]
    path = write_tree(root / "CSJ", talks)
    settings = COMMON | {"sampling_rate": 16000, "dev_fraction": 0.5}
    return partial(csj.prepare, path=path, **settings)


def embedded_speech(root):
    hours = {f"{name}_hours": 0.002 for name in ("train", "dev", "test")}
    return partial(speech.prepare, num_jobs=1, **(SETTINGS | hours))


def embedded_music(root):
    return partial(music.prepare, num_jobs=1, **TINY)


@pytest.fixture(params=[speech_table, music_folder, spontaneous_japanese, embedded_speech, embedded_music])
def prepare(request, tmp_path):
    """A corpus function that wants its output and share."""
    return request.param(tmp_path / "corpus")


@pytest.mark.slow
def test_parts_change_no_byte_and_the_whole_makes_nothing_again(prepare, tmp_path):
    skipped = prepare(tmp_path / "one")
    made = {}

    def note(output, part):
        made["before"] = wavs(output)
        return prepare(output, part=part)

    assert run_in_parts(note, tmp_path / "parts") == skipped
    assert wavs(tmp_path / "parts") == made["before"]
    assert contents(tmp_path / "parts") == contents(tmp_path / "one")


@pytest.mark.slow
@pytest.mark.parametrize("prepare", [speech_table, music_folder, embedded_speech], indirect=True)
def test_a_rerun_makes_only_what_is_missing(prepare, tmp_path):
    """Part 2 failed; the rerun is of another number of parts."""
    prepare(tmp_path / "one")
    whole = set(wavs(tmp_path / "one"))
    for part in (0, 1, 3):
        prepare(tmp_path / "out", part=JobPart(part, 3))
    before = wavs(tmp_path / "out")
    assert 0 < len(before) < len(whole)
    run_in_parts(prepare, tmp_path / "out", num_parts=2)
    after = wavs(tmp_path / "out")
    assert set(after) == whole
    assert before.items() <= after.items()
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


@pytest.mark.parametrize("prepare", [speech_table, spontaneous_japanese, embedded_speech], indirect=True)
def test_a_part_wants_part_0_before_it(prepare, tmp_path):
    with pytest.raises(StateError, match=r"not made ready for this part.*run part 0"):
        prepare(tmp_path / "out", part=JobPart(2, 3))
    assert not wavs(tmp_path / "out")


def test_a_source_that_changed_is_cut_again_by_its_part(tmp_path):
    prepare = speech_table(tmp_path / "corpus")
    run_in_parts(prepare, tmp_path / "out")
    tone(tmp_path / "corpus" / "3.wav", 999, seconds=1.0, rate=RATE)
    for scp in (tmp_path / "out").glob("*/wav.scp"):
        scp.unlink()
    run_in_parts(prepare, tmp_path / "out")
    prepare(tmp_path / "one")
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


@pytest.mark.parametrize("reader", [*SPEECH_READERS.values(), *MUSIC_READERS.values()])
def test_every_corpus_of_ours_can_be_split(reader):
    assert inspect.signature(reader()).parameters["part"].default.is_whole


def own_corpus(output, *, sampling_rate, seed, num_jobs):
    """A user's reader, which knows nothing of parts."""
    raise AssertionError("a part must leave it to the whole")


def test_a_corpus_that_cannot_be_split_is_left_to_the_whole(tmp_path, capsys):
    settings = {"music": {"type": f"{__name__}:own_corpus"}, "sampling_rate": RATE, "seed": 1}
    preparation.prepare_corpus("music", settings, tmp_path, num_jobs=1, part=JobPart(1, 2))
    assert "is not split: its function takes no part" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
