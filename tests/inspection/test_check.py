"""`musasr prepare --check`: every fault is found, named and explained, and decides the exit status."""

import json
import shutil

import numpy as np
import pytest
import soundfile

from musasr import kaldi, text
from musasr.cli.main import main
from musasr.kaldi import Piece, Utterance
from musasr.recipe import config, done_marks
from musasr.recipe.workdir import Workdir

RATE = 16000
CONFIG = config.CONF / "smoke.yaml"


def noise(seed, seconds=1.0, level=0.1):
    return level * np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE))


def write(path, samples, rate=RATE, subtype="PCM_16"):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def speech_set(directory, speaker, seeds):
    """A data dir of one speaker, an utterance a seed."""
    utterances = []
    for seed in seeds:
        path = write(directory / "wav" / f"{speaker}-{seed}.wav", noise(seed))
        utterances.append(Utterance(f"{speaker}-{seed}", speaker, "音声 の", path, RATE))
    kaldi.write_speech_dir(directory, utterances)


def music_set(directory, titles):
    """A music dir of (name, seed, genre)."""
    pieces = [
        Piece(name, write(directory / "wav" / f"{name}.wav", noise(seed, 2.0)), 2.0, genre)
        for name, seed, genre in titles
    ]
    kaldi.write_music_dir(directory, pieces)


@pytest.fixture
def workdir(tmp_path):
    """Two corpora without a fault, as musasr prepare leaves them."""
    workdir = Workdir(tmp_path / "work")
    for number, name in enumerate(("train", "dev", "test")):
        speech_set(workdir.speech(name), f"s{number}", [10 * number, 10 * number + 1])
        titles = [
            (f"{name}-{genre}", 100 + 10 * number + i, genre) for i, genre in enumerate(("anime", "jazz"))
        ]
        music_set(workdir.music(name), titles)
    for directory in (workdir.speech(), workdir.music()):
        done_marks.mark_done(directory, {})
    return workdir


@pytest.fixture
def check(workdir, capsys):
    """A function that runs the check and returns (exit status, kind -> finding)."""

    def run(*arguments):
        capsys.readouterr()
        command = [
            "prepare",
            *arguments,
            "--check",
            "--json",
            "--config",
            str(CONFIG),
            "--workdir",
            str(workdir.root),
        ]
        status = main([*command, "--nj", "1"])
        report = json.loads(capsys.readouterr().out)
        return status, {finding["kind"]: finding for finding in report["findings"]}

    return run


@pytest.mark.slow
def test_sound_corpora_have_no_fault(workdir, check, capsys):
    assert check() == (0, {})
    arguments = ["--config", str(CONFIG), "--workdir", str(workdir.root), "--nj", "2"]
    assert main(["prepare", "--check", *arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["errors"], report["warnings"], report["findings"]) == (0, 0, [])
    sets = {(one["corpus"], one["set_name"], one["genre"]): one for one in report["sets"]}
    assert len(sets) == 9
    train = sets["speech", "train", None]
    assert (train["count"], train["num_speakers"], train["longest_seconds"]) == (2, 1, 1.0)
    assert train["hours"] == pytest.approx(2 / 3600)
    assert sets["music", "test", "jazz"]["hours"] == pytest.approx(2 / 3600)
    assert {one["corpus"] for one in report["licences"]} == {"speech", "music"}


def test_people_get_tables_and_programs_json(workdir, capsys):
    write(workdir.speech("train") / "wav" / "s0-0.wav", np.zeros(RATE))
    arguments = ["prepare", "--check", "--config", str(CONFIG), "--workdir", str(workdir.root), "--nj", "1"]
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert "error: speech train: 1 x every sample is 0" in said.out
    assert "-> take it out of the corpus: it has no SNR" in said.out
    assert "s0-0 (" in said.out
    assert all(len(line) <= 100 for line in said.out.splitlines() if "s0-0" not in line)
    assert "1 kinds of faults would spoil training; fix them as said above" in said.err


# What is done to a sound corpus -> the fault that it has then, where, and what its example says.
def _spoil(samples, **settings):
    return lambda workdir: write(workdir.speech("train") / "wav" / "s0-0.wav", samples, **settings)


def _cut_off(workdir):
    path = workdir.speech("train") / "wav" / "s0-0.wav"
    path.write_bytes(path.read_bytes()[:-400])


def _empty_file(workdir):
    (workdir.speech("train") / "wav" / "s0-0.wav").write_bytes(b"")


def _rewrite_text(words):
    def rewrite(workdir):
        table = kaldi.read_table(workdir.speech("train") / "text")
        kaldi.write_table(workdir.speech("train") / "text", table | {"s0-0": words})

    return rewrite


def _unsorted(workdir):
    path = workdir.speech("dev") / "text"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))


def _twice(workdir):
    path = workdir.speech("dev") / "utt2spk"
    path.write_text("s1-10 s1\ns1-10 s1\n")


SPOILT = {
    "broken": (_cut_off, "train", "the file is cut off"),
    "empty": (_empty_file, "train", "the file is empty (0 bytes)"),
    "nan": (_spoil(np.array([0.1, np.nan] * 8000), subtype="FLOAT"), "train", "s0-0.wav"),
    "silent": (_spoil(np.zeros(RATE)), "train", "s0-0 ("),
    "rate": (_spoil(noise(99), rate=44100), "train", "s0-0 (44100 Hz)"),
    "channels": (_spoil(np.stack([noise(1), noise(2)], axis=1)), "train", "s0-0 (2)"),
    "length": (_spoil(noise(1, 0.5)), "train", "s0-0 (8000 samples, not 16000)"),
    "invalid": (_unsorted, "dev", "text:2: s1-10 stands after s1-11: unsorted"),
    "faint": (_spoil(noise(1, level=1e-4)), "train", "dB)"),
    "clipped": (_spoil(np.clip(noise(1, level=9.0), -1, 1)), "train", " %)"),
    "wordy": (_rewrite_text("え" * 26), "train", "s0-0 (26 characters, 26 frames)"),
}


def test_an_id_that_comes_twice_is_found(workdir, check):
    _twice(workdir)
    status, findings = check("speech")
    assert status == 1
    assert "utt2spk:2: s1-10 comes twice" in findings["invalid"]["examples"][0]


@pytest.mark.parametrize("kind", SPOILT)
def test_a_fault_of_a_file_is_found(kind, workdir, check):
    spoil, set_name, example = SPOILT[kind]
    if kind == "wordy":
        _rewrite_text("え" * 26)(workdir)
        assert check() == (0, {})  # as many as there are frames
        spoil, example = _rewrite_text("え" * 27), "s0-0 (27 characters, 26 frames)"
    spoil(workdir)
    status, findings = check()
    assert status == (0 if kind in ("faint", "clipped", "wordy") else 1)
    finding = findings.pop(kind)
    assert not findings
    assert (finding["corpus"], finding["set_name"], finding["count"]) == ("speech", set_name, 1)
    assert example in finding["examples"][0]
    assert finding["mend"]


def test_too_long_an_utterance_is_found(workdir, check):
    path = workdir.speech("train") / "wav" / "s0-0.wav"
    write(path, noise(5, 31.0))
    counts = workdir.speech("train") / "utt2num_samples"
    kaldi.write_table(counts, kaldi.read_table(counts) | {"s0-0": 31 * RATE})
    status, findings = check("speech")
    assert status == 1
    assert findings["long"]["examples"] == ["s0-0 (31.0 s)"]
    write(workdir.music("train") / "wav" / "train-anime.wav", noise(5, 31.0))
    status, findings = check("music")
    assert "long" not in findings  # music may be as long as it likes


def test_more_units_than_frames_are_found_once_units_are_there(workdir, check):
    text.train_units(["あいうえお " * 9] * 3, workdir.units, unit_type="char", num_units=None)
    done_marks.mark_done(workdir.units, {})
    _rewrite_text("あい" * 14)(workdir)
    status, findings = check()
    assert status == 1
    assert findings["dense"]["examples"] == ["s0-0 (29 units, 26 frames)"]  # the space before it is one


def test_leaks_between_sets_are_found(workdir, check):
    shutil.rmtree(workdir.speech("test"))
    speech_set(workdir.speech("test"), "s0", [0, 7])  # a speaker, an id and the audio of train
    status, findings = check("speech")
    assert status == 1
    assert {kind: (one["set_name"], one["count"]) for kind, one in findings.items()} == {
        "id leak": ("train, test", 1),
        "content leak": ("train, test", 1),
        "speaker leak": ("train, test", 1),
    }
    assert findings["speaker leak"]["examples"] == ["s0"]
    assert findings["id leak"]["examples"] == ["s0-0"]


def test_a_speaker_of_train_in_dev_is_a_warning(workdir, check):
    shutil.rmtree(workdir.speech("dev"))
    speech_set(workdir.speech("dev"), "s0", [30])
    status, findings = check("speech")
    assert status == 0
    assert findings["shared speaker"]["set_name"] == "train, dev"


def test_leaks_of_music_are_found(workdir, check):
    music_set(
        workdir.music("test"),
        [
            ("train-anime", 500, "anime"),
            ("other", 101, "jazz"),
            ("a", 600, "jazz"),
            ("b", 600, "jazz"),
            ("Theme-0123abcd", 700, "jazz"),
        ],
    )
    music_set(workdir.music("dev"), [("theme-4567cdef", 800, "anime")])
    status, findings = check("music")
    assert status == 1
    assert {kind: (one["set_name"], one["count"]) for kind, one in findings.items()} == {
        "title leak": ("train, test", 1),
        "content leak": ("train, test", 1),
        "repeated": ("test", 1),
        "shared name": ("dev, test", 1),
    }
    assert findings["content leak"]["examples"] == ["other"]
    assert findings["repeated"]["examples"] == ["b"]


def test_a_genre_without_test_music_is_found(workdir, check):
    music_set(workdir.music("test"), [("x", 900, "anime")])
    status, findings = check("music")
    assert status == 1
    assert findings["genre"]["examples"] == ["jazz"]


def test_a_broken_music_dir_is_found(workdir, check):
    (workdir.music("dev") / "reco2dur").write_text("dev-anime -1\ndev-jazz 2\n")
    status, findings = check("music")
    assert status == 1
    assert "reco2dur:1: dev-anime lasts '-1' seconds" in findings["invalid"]["examples"][0]


def test_many_faults_are_counted_and_few_are_shown(workdir, check):
    utterances = []
    for number in range(10):
        path = write(workdir.speech("train") / "wav" / f"s0-{number}.wav", np.zeros(RATE))
        utterances.append(Utterance(f"s0-{number}", "s0", "音", path, RATE))
    kaldi.write_speech_dir(workdir.speech("train"), utterances)
    _, findings = check("speech")
    assert findings["silent"]["count"] == 10
    assert len(findings["silent"]["examples"]) == 3


def test_licences_of_titles_are_counted(workdir, capsys):
    kaldi.write_table(
        workdir.music("train") / "reco2licence", {"train-anime": "CC BY", "train-jazz": "CC BY"}
    )
    main(
        ["prepare", "music", "--check", "--config", str(CONFIG), "--workdir", str(workdir.root), "--nj", "1"]
    )
    assert "music: 2 titles: CC BY" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "prepare: names nothing to prepare; say speech, music or units, or --check"),
        (["speech", "--json"], "prepare: --json is for --check"),
        (["units", "--check"], "prepare: units cannot be checked; say speech or music, or neither"),
        (["--check"], "data/speech: is not prepared; run musasr prepare speech"),
        (["music", "--check"], "data/music: is not prepared; run musasr prepare music"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, message, tmp_path, capsys):
    assert main(["prepare", *arguments, "--config", str(CONFIG), "--workdir", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err
