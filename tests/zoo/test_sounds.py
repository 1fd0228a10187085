"""Every kind of audio file is used, or refused in one line that says why: by all that read audio."""

import numpy as np
import pytest
from sounds import GONE, RATE, SOUNDS, noise, write_zoo

from musasr import audio
from musasr.cli.main import main
from musasr.corpora import folder, table_corpus
from musasr.errors import DataError

ODD = {"-rf.wav", "folder.wav", "dangling.wav", "circle.wav"}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    """A folder with one of each."""
    return write_zoo(tmp_path_factory.mktemp("zoo") / "sounds")


def test_there_are_enough_kinds():
    assert len(SOUNDS) >= 60


@pytest.mark.parametrize("name", SOUNDS)
def test_a_file_is_read_whole_or_refused_in_one_line(zoo, name):
    _, said = SOUNDS[name]
    readers = (
        lambda: audio.read(zoo / name, sampling_rate=RATE)[0],
        lambda: np.concatenate(list(audio.stream_mono(zoo / name, sampling_rate=RATE))),
    )
    for read in readers:
        if said in (None, "silent"):
            samples = read()
            assert len(samples) == pytest.approx(RATE, rel=0.02)
            assert audio.is_silent(samples) == (said == "silent")
        else:
            with pytest.raises(DataError) as caught:
                read()
            assert name in str(caught.value)
            assert said in str(caught.value)
            assert "\n" not in str(caught.value)


def reasons(skipped) -> dict[str, str]:
    return {one.name: one.reason for one in skipped}


def test_a_speech_corpus_keeps_or_lists_each(zoo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = list(SOUNDS)
    rows = [f"{zoo / name}\twords {number}\tspeaker{number}\tid{number}" for number, name in enumerate(names)]
    (tmp_path / "all.tsv").write_text("audio\ttext\tspeaker\tid\n" + "\n".join(rows) + "\n", encoding="utf-8")
    settings = {"dev": None, "test": None, "dev_fraction": 0.1, "test_fraction": 0.1}
    skipped = table_corpus.prepare(
        tmp_path / "out", sampling_rate=RATE, seed=1, num_jobs=1, train=str(tmp_path / "all.tsv"), **settings
    )
    kept = [line for name in ("train", "dev", "test") for line in (tmp_path / "out" / name / "text").open()]
    kept_names = {names[int(line.split()[0].rpartition("-id")[2])] for line in kept}
    assert kept_names == {name for name, (_, said) in SOUNDS.items() if said is None}
    assert len(skipped) == len(SOUNDS) - len(kept)  # nothing is dropped without a word
    said = reasons(skipped)
    for number, name in enumerate(names):
        expected = SOUNDS[name][1]
        if expected is not None:
            key = f"speaker{number}-id{number}"
            reason = said.get(key) or said[f"{tmp_path / 'all.tsv'}:{number + 2}"]  # what is no file at all
            assert (expected if name not in ODD else GONE) in reason
    assert not list(tmp_path.glob("**/CANARY"))


def test_a_music_corpus_keeps_or_lists_each(zoo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("train", "test"):
        (tmp_path / name).mkdir()
        for number in range(3):
            seed = 10 * number + len(name)
            audio.write(tmp_path / name / f"{name}{number}.wav", noise(seed=seed)[:, 0], RATE)
    for name in SOUNDS:
        target = tmp_path / "train" / name
        target.symlink_to(zoo / name)
    skipped = folder.prepare(
        tmp_path / "out",
        sampling_rate=RATE,
        seed=1,
        num_jobs=1,
        train=str(tmp_path / "train"),
        dev=None,
        test=str(tmp_path / "test"),
    )
    said = reasons(skipped)
    for name, (_, expected) in SOUNDS.items():
        reason = said.get(str(tmp_path / "train" / name))
        if expected is not None and name not in ODD:
            assert reason is not None, name
            assert expected in reason, name
    num_kept = sum(
        len((tmp_path / "out" / name / "wav.scp").read_text().splitlines()) for name in ("train", "dev")
    )
    num_files = len([path for path in (tmp_path / "train").iterdir() if path.is_file()])
    num_said = sum(str(tmp_path / "train") in name for name in said)
    assert num_kept + num_said == num_files


@pytest.mark.parametrize(
    "name", ["antiphase.wav", "silent.wav", "one_step.wav", "rate_100.wav", "half.mp3", "nan.wav"]
)
def test_two_files_are_not_mixed_where_one_is_no_sound(zoo, tmp_path, name, capsys):
    words = [
        "mix",
        "--speech",
        zoo / name,
        "--music",
        zoo / "plain.wav",
        "--snr_db",
        0,
        "--output",
        tmp_path / "out",
    ]
    assert main([*map(str, words)]) == 1
    assert SOUNDS[name][1] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
