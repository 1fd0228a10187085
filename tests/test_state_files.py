"""What runs leave behind, spoilt: each file is named in one line with the mend, or made again."""

import json

import pytest

from musasr import text
from musasr.atomic import LEFTOVER, read_json, replacing, sweep, write_json
from musasr.corpora.embedded.speech import production
from musasr.errors import StateError
from musasr.mixing.plan import read_plan
from musasr.recipe import done_marks
from musasr.training.callbacks.curves import read_history

SPOILT = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "garbage": lambda data: b"\xff\xfe{" * 9,
    "another": lambda data: b"[1, 2]\n",
}
spoilt = pytest.mark.parametrize("how", SPOILT)


def spoil(path, how):
    path.write_bytes(SPOILT[how](path.read_bytes()))


@spoilt
def test_a_mark_of_finished_work(tmp_path, how):
    done_marks.mark_done(tmp_path, {"a": 1})
    spoil(tmp_path / "done.json", how)
    with pytest.raises(
        StateError, match=r"done.json: is (empty|broken).*; remove it and run the stage again"
    ):
        done_marks.is_done(tmp_path, {"a": 1})
    (tmp_path / "done.json").unlink()
    assert not done_marks.is_done(tmp_path, {"a": 1})


@spoilt
def test_a_mark_of_work_that_was_begun(tmp_path, how):
    done_marks.begin(tmp_path, {"a": 1}, has_state=False)
    spoil(tmp_path / "begun.json", how)
    message = rf"begun.json: is (empty|broken).*; remove the folder {tmp_path}: its training begins anew"
    with pytest.raises(StateError, match=message):
        done_marks.begin(tmp_path, {"a": 1}, has_state=True)
    done_marks.begin(tmp_path, {"a": 1}, has_state=False)
    done_marks.begin(tmp_path, {"a": 1}, has_state=True)


@spoilt
def test_a_summary(tmp_path, how):
    path = write_json(tmp_path / "training.json", {"seconds": 3.0})
    assert read_json(path, mend="train again", keys=["seconds"]) == {"seconds": 3.0}
    spoil(path, how)
    with pytest.raises(StateError, match=r"training.json: is (empty|broken).*; train again"):
        read_json(path, mend="train again", keys=["seconds"])


@pytest.mark.parametrize("how", [how for how in SPOILT if how != "empty"])
def test_a_history(tmp_path, how):
    row = json.dumps({"epoch": 1, "seconds": 2.0, "lr": 0.1}) + "\n"
    (tmp_path / "history.jsonl").write_text(row * 3)
    spoil(tmp_path / "history.jsonl", how)
    with pytest.raises(
        StateError, match=r"history.jsonl: is broken: it holds no history; remove it: its fig"
    ):
        read_history(tmp_path)


def test_an_empty_history_is_none(tmp_path):
    (tmp_path / "history.jsonl").touch()
    assert read_history(tmp_path) == []


@spoilt
@pytest.mark.parametrize("name", ["tokens.txt", "bpe.model"])
def test_units(tmp_path, how, name):
    text.train_units(["ab ba abba"] * 9, tmp_path, unit_type="char", num_units=None)
    spoil(tmp_path / name, how)
    message = (
        r"(bpe.model do not belong|not a sentencepiece model).*; remove .* folder, and run musasr prepare"
    )
    with pytest.raises(StateError, match=message):
        text.Units.load(tmp_path)


HEADER = "condition utterance_id genre snr_db recording_id music_start music_gain scale".replace(" ", "\t")
ROW = "anime_0 u1 anime 0.0 r1 1.0 0.5 1.0".replace(" ", "\t")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "plan.tsv: is not a mixing plan"),
        (b"\xff\xfe", "plan.tsv: is not a mixing plan"),
        (f"{HEADER}\n{ROW}\n{ROW}".encode(), "plan.tsv: is cut off"),
        (f"{HEADER}\n{ROW}\n{ROW[:12]}\n".encode(), r"plan.tsv:3: has 3 of 8 fields"),
        (f"{HEADER}\n{ROW.replace('0.5', 'x')}\n".encode(), r"plan.tsv:2: is no row of a plan \(could not"),
        (
            f"{HEADER}\n{ROW.replace('0.5', 'nan')}\n".encode(),
            "plan.tsv:2: holds a number that is not finite",
        ),
    ],
)
def test_a_plan(tmp_path, content, message):
    (tmp_path / "plan.tsv").write_bytes(content)
    with pytest.raises(StateError, match=rf"{message}.*; remove its folder and run musasr prepare music"):
        read_plan(tmp_path / "plan.tsv")


@spoilt
def test_a_plan_of_speech_is_made_again_with_what_it_names(tmp_path, how):
    wav = tmp_path / "wav" / "a.wav"
    path = tmp_path / "plan.jsonl"
    row = json.dumps({"utterance_id": "a"})
    path.write_text(production.HEADER + "\n" + row + "\n")
    wav.parent.mkdir()
    wav.touch()
    production._discard_outdated(tmp_path, {wav: row})
    assert wav.exists()
    spoil(path, how)
    production._discard_outdated(tmp_path, {wav: row})
    assert not wav.exists()


def test_leftovers_are_swept_and_nothing_else_is(tmp_path):
    with replacing(tmp_path / "wav" / "a.b.wav") as temporary:
        temporary.write_text("half")
        assert LEFTOVER.fullmatch(temporary.name)
        left = temporary.with_name(temporary.name.replace(".tmp", ".tmp"))
        kept = [tmp_path / "wav" / name for name in (".hidden.wav", "b.tmp.wav", ".x.1-zz.tmp", "c.wav")]
        for path in kept:
            path.touch()
        sweep(tmp_path)
        assert left.exists()
        sweep(tmp_path, below=True)
        assert not left.exists()
        assert all(path.exists() for path in kept)
        temporary.write_text("again")


def test_a_long_name_has_a_temporary_one_that_fits(tmp_path):
    with replacing(tmp_path / ("音" * 80 + ".wav")) as temporary:
        temporary.write_text("whole")
    assert (tmp_path / ("音" * 80 + ".wav")).read_text() == "whole"
