"""The whole way from a copy of the corpus to train, dev and test."""

import hashlib
import json
import logging
import os

import csj_trees
import numpy as np
import pytest
from csj_trees import FILLER, MASKED, SAYINGS, Talk, in_a_row, plain_talk, random_talk, write_tree

from musasr import audio, kaldi, preparation
from musasr.corpora.csj import official, prepare
from musasr.errors import ConfigError, DataError
from musasr.recipe import config

TRAIN = ["A01M0900", "A02F0901", "A03M0902", "A05F0907"]
OTHERS = ["S01M0903", "D01F0904", "R01M0905", "M01F0906"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A USB stick: four academic talks to train on, one of each other kind, eval1."""
    talks = [plain_talk(talk_id) for talk_id in (*TRAIN[1:], *OTHERS, *official.TEST_SETS["eval1"])]
    first = Talk(TRAIN[0], in_a_row([SAYINGS[0], MASKED, FILLER]))
    return write_tree(tmp_path_factory.mktemp("csj") / "CSJ", [first, *talks])


def run(output, path, **settings):
    settings = {"sampling_rate": 16000, "seed": 0, "num_jobs": 1, "dev_fraction": 0.2, **settings}
    return prepare.prepare(output, path=path, **settings)


def talks_of(directory):
    return sorted({utterance.utterance_id[:8] for utterance in kaldi.read_utterances(directory)})


def contents(folder):
    """Relative path -> content, with the folder's own name taken out."""
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(str(folder).encode(), b"")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_academic_talks_and_eval1_are_the_default(tmp_path, corpus):
    (masked,) = run(tmp_path, corpus)
    assert masked.name == "A01M0900_0001650_0002250"
    assert masked.reason.startswith("masked")
    assert sorted(talks_of(tmp_path / "train") + talks_of(tmp_path / "dev")) == TRAIN
    assert len(talks_of(tmp_path / "dev")) == 1
    assert talks_of(tmp_path / "test") == sorted(official.TEST_SETS["eval1"])
    inventory = json.loads((tmp_path / "csj.json").read_text(encoding="utf-8"))
    assert sum(inventory["sets"][name]["utterances"] for name in ("train", "dev")) == 11
    assert inventory["sets"]["test"]["talks"] == 10


def test_audio_is_that_of_the_segment(tmp_path, corpus):
    run(tmp_path, corpus)
    whole, _ = audio.read(corpus / "WAV/core/A01M0097.wav")
    first = next(u for u in kaldi.read_utterances(tmp_path / "test") if u.utterance_id.startswith("A01M0097"))
    assert first.utterance_id == "A01M0097_0000250_0000850"
    np.testing.assert_array_equal(audio.read(first.path)[0], whole[4000:13600])


def test_dialogues_stay_with_both_of_their_recordings(tmp_path, corpus):
    # In Kaldi's and ESPnet's recipes they vanish: their recordings lose -L and -R, their utterances do not.
    run(tmp_path, corpus, talks="all")
    dirs = [tmp_path / name for name in ("train", "dev")]
    speakers = {u.speaker_id for directory in dirs for u in kaldi.read_utterances(directory)}
    assert {"D01F0904-L", "D01F0904-R"} <= speakers
    assert {speaker[:8] for speaker in speakers} == {*TRAIN, *OTHERS}


@pytest.mark.parametrize("layout", csj_trees.LAYOUTS)
def test_all_layouts_come_to_the_same(tmp_path, layout):
    talk_ids = [*TRAIN, *OTHERS, "A01M0097"]
    talks = [random_talk(talk_id, seed=1) for talk_id in talk_ids]
    for name in ("usb", layout):
        path = write_tree(tmp_path / f"CSJ {name}", talks, layout=name)
        run(tmp_path / f"out {name}", path, talks="all", test="A01M0097")
    first, second = (contents(tmp_path / f"out {name}") for name in ("usb", layout))
    for listing in (first, second):
        for name in ("train", "dev", "test"):
            del listing[f"{name}/cuts"]  # names the source files
    assert first == second


@pytest.mark.slow
def test_jobs_change_no_byte(tmp_path, corpus):
    for num_jobs in (1, 2):
        run(tmp_path / str(num_jobs), corpus, num_jobs=num_jobs, seed=num_jobs, talks="all")
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_the_corpus_is_only_read(tmp_path, monkeypatch):
    # Kaldi's recipe moves every folder below the current one that is named as a test talk.
    root = write_tree(tmp_path / "CSJ", [plain_talk(t) for t in (*TRAIN, "A01M0097")], layout="dvd")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    hashes = {path: hashlib.sha256(path.read_bytes()).digest() for path in before if path.is_file()}
    for folder in (root, *root.rglob("*")):
        folder.chmod(0o555)
    monkeypatch.chdir(root)
    try:
        run(tmp_path / "out", root, test="A01M0097")
    finally:
        for folder in (root, *root.rglob("*")):
            folder.chmod(0o755)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    assert {path: hashlib.sha256(path.read_bytes()).digest() for path in hashes} == hashes


def test_the_output_may_not_lie_in_the_corpus(corpus):
    with pytest.raises(DataError, match=r"the output lies in the corpus; choose another --workdir"):
        run(corpus / "data", corpus)


def test_a_second_run_keeps_what_is_there_and_mends_what_is_not(tmp_path):
    # Kaldi's recipe marks a volume as done when its last talk is: what failed before stays away for good.
    root = write_tree(tmp_path / "CSJ", [plain_talk(t) for t in (*TRAIN, "A01M0097")])
    lost = root / "WAV/core/A02F0901.wav"
    content = lost.read_bytes()
    lost.unlink()
    skipped = run(tmp_path / "out", root, test="A01M0097")
    assert {item.name[:8] for item in skipped} == {"A02F0901"}
    assert len(skipped) == 3
    kept = tmp_path / "out/test/wav/A01M0097_0000250_0000850.wav"
    stamp = kept.stat().st_mtime_ns
    lost.write_bytes(content)
    assert run(tmp_path / "out", root, test="A01M0097") == []
    assert kept.stat().st_mtime_ns == stamp
    assert run(tmp_path / "fresh", root, test="A01M0097") == []
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


@pytest.mark.parametrize("num_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_what_is_broken_is_left_out_with_its_reason(tmp_path, num_jobs):
    root = write_tree(tmp_path / "CSJ", [plain_talk(t) for t in (*TRAIN, "A01M0097", "A01M0110")])
    (root / "MORPH/SDB/core/A01M0900.sdb").write_bytes(b"nothing of the kind\n")
    (root / "MORPH/SDB/core/A02F0901.sdb").unlink()
    (root / "WAV/core/A03M0902.wav").write_text("no audio")
    samples, rate = audio.read(root / "WAV/core/A01M0110.wav")
    samples[: rate + 8000] = 0
    audio.write(root / "WAV/core/A01M0110.wav", samples[: 3 * rate], rate)
    settings = {"test": "A01M0097+A01M0110", "dev": "A01M0137+A05F0907", "num_jobs": num_jobs}
    with pytest.raises(DataError, match=r"no usable utterance.*no audio can be read"):
        run(tmp_path / "out", root, **settings)
    write_tree(root, [plain_talk("A03M0902")])
    skipped = {item.name: item.reason for item in run(tmp_path / "out", root, **settings)}
    assert set(skipped) == {
        "A01M0900",
        "A02F0901",
        "A01M0137",
        "A01M0110_0000250_0000850",
        "A01M0110_0003050_0003650",
    }
    assert "1 columns instead of 12" in skipped["A01M0900"]
    assert "no transcript" in skipped["A02F0901"]
    assert "lists this talk, and the corpus has no file of it" in skipped["A01M0137"]
    assert "is silent" in skipped["A01M0110_0000250_0000850"]
    assert (
        "ends at" in skipped["A01M0110_0003050_0003650"]
        or "ends before" in skipped["A01M0110_0003050_0003650"]
    )
    assert talks_of(tmp_path / "out/train") == ["A03M0902"]


def test_a_test_set_of_another_size_is_told(tmp_path, corpus, caplog):
    with caplog.at_level(logging.WARNING):
        run(tmp_path, corpus)
    assert "eval1 has 30 utterances and 246 characters; the standard recipe finds 1272" in caplog.text
    inventory = json.loads((tmp_path / "csj.json").read_text(encoding="utf-8"))
    assert inventory["official tests"]["eval1"]["expected"] == {
        "num_utterances": 1272,
        "num_characters": 43897,
    }
    assert inventory["official tests"]["eval1"]["found"]["num_utterances"] == 30


def test_a_test_set_of_the_known_size_is_not(tmp_path, corpus, caplog, monkeypatch):
    run(tmp_path / "first", corpus)
    size = official.Size.of(kaldi.read_table(tmp_path / "first/test/text").values())
    monkeypatch.setitem(official.EXPECTED, "eval1", size)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        run(tmp_path / "second", corpus)
    assert "standard recipe" not in caplog.text


def test_sizes_are_not_compared_under_other_rules(tmp_path, corpus, caplog):
    with caplog.at_level(logging.WARNING):
        run(tmp_path, corpus, max_gap=1.0)
    assert "standard recipe" not in caplog.text
    assert len(kaldi.read_utterances(tmp_path / "test")) == 10


def test_unknown_speakers_are_a_warning(tmp_path, corpus, caplog):
    with caplog.at_level(logging.WARNING):
        run(tmp_path / "out", corpus)
    assert "who speaks is not known of 14 of 14 talks" in caplog.text
    caplog.clear()
    talks = [plain_talk(talk_id, speaker=number) for number, talk_id in enumerate([*TRAIN, "A01M0097"], 1)]
    root = write_tree(tmp_path / "CSJ", talks, xml="utf-8")
    with caplog.at_level(logging.WARNING):
        run(tmp_path / "known", root, test="A01M0097")
    assert "who speaks" not in caplog.text


def test_the_speaker_of_a_test_talk_is_kept_out(tmp_path):
    speakers = {"A01M0097": 7, "A01M0900": 7, "A02F0901": 8, "A03M0902": 9}
    talks = [plain_talk(talk_id, speaker=number) for talk_id, number in speakers.items()]
    run(tmp_path / "out", write_tree(tmp_path / "CSJ", talks, xml="cp932"), test="A01M0097")
    assert sorted(talks_of(tmp_path / "out/train") + talks_of(tmp_path / "out/dev")) == [
        "A02F0901",
        "A03M0902",
    ]
    inventory = json.loads((tmp_path / "out/csj.json").read_text(encoding="utf-8"))
    assert inventory["left out of training"] == {"A01M0900": "its speaker, 7, is in a test or dev talk"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"script": "kana"}, r"speech\.script: unknown script 'kana'; use one of orthography, pronunciation"),
        ({"max_gap": -1}, r"speech\.max_gap: -1 is below 0"),
        ({"talks": "asp"}, r"speech\.talks: 'asp' is no such name"),
        ({"test": "eval4"}, r"speech\.test: 'eval4' is no such name"),
    ],
)
def test_a_wrong_setting_names_itself(tmp_path, corpus, settings, message):
    with pytest.raises(ConfigError, match=message):
        run(tmp_path, corpus, **settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", ["orthography", "pronunciation"])
def test_two_paths_in_the_papers_recipe_are_enough(tmp_path, corpus, capsys, script):
    settings = [f"speech.path={json.dumps(os.fspath(corpus))}", f"speech.script={script}"]
    resolved = config.load(config.CONF / "csj_anime.yaml", settings=settings)
    output = tmp_path / "data/speech"
    preparation.prepare_corpus("speech", resolved, output, num_jobs=1)
    preparation.prepare_corpus("speech", resolved, output, num_jobs=1)
    printed = capsys.readouterr()
    assert "test 30" in printed.out
    assert "already done" in printed.out
    assert "left out 1 of" in printed.err
    listed = (output / "skipped.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in listed] == ["A01M0900_0001650_0002250"]
    for name in ("train", "dev", "test"):
        kaldi.validate(output / name)
    texts = " ".join(kaldi.read_table(output / "test/text").values())
    assert ("オンセー" in texts) == (script == "pronunciation")


def test_too_much_left_out_fails_the_stage(tmp_path):
    talks = [Talk(t, in_a_row([SAYINGS[0], MASKED])) for t in (*TRAIN, "A01M0097")]
    root = write_tree(tmp_path / "CSJ", talks)
    settings = [f"speech.path={json.dumps(os.fspath(root))}", "speech.test=A01M0097"]
    resolved = config.load(config.CONF / "csj_anime.yaml", settings=settings)
    with pytest.raises(DataError, match="5 of 10 could not be used"):
        preparation.prepare_corpus("speech", resolved, tmp_path / "data", num_jobs=1)
