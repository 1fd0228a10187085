"""What a separator gains on mixtures that lie in Kaldi dirs."""

import json
import tracemalloc

import numpy as np
import pytest
import torch
from trained_folders import untrained_workdir

from musasr import audio
from musasr.cli.main import main
from musasr.errors import DataError, StateError
from musasr.judging.mixtures import measure, mixture_dirs, table
from musasr.kaldi.tables import write_table

RATE = 16000
CHUNKS = {"chunk_seconds": 30.0, "overlap_seconds": 2.0}


class Halver:
    """A separator that gives half of the mixture as speech: what SDR means of it is known."""

    sources = ("speech", "music")

    def separate(self, mixture, lengths, cue=None):
        return torch.stack([mixture / 2, mixture / 2], dim=1)


@pytest.fixture
def folder(tmp_path):
    """Dirs 0dB, clean and music_alone of two mixtures of noises each."""
    draw = np.random.default_rng(0)
    for name, parts in (("0dB", "sm"), ("clean", "s"), ("music_alone", "m")):
        tables = {}
        for index in range(2):
            sounds = {part: 0.1 * draw.standard_normal(RATE) for part in parts}
            files = {"wav": sum(sounds.values())}
            files |= {"speech": sounds["s"]} if "s" in sounds else {}
            files |= {"music": sounds["m"]} if "m" in sounds else {}
            for kind, samples in files.items():
                path = tmp_path / name / f"{kind}{index}.wav"
                audio.write(path, samples.astype(np.float32), RATE)
                tables.setdefault(kind, {})[f"u{index}"] = path
        for kind, rows in tables.items():
            write_table(tmp_path / name / f"{kind}.scp", rows)
    return tmp_path


def test_the_table_of_a_separator_whose_figures_are_known(folder):
    rows = [measure(Halver(), one, sampling_rate=RATE, chunks=CHUNKS) for one in mixture_dirs(folder)]
    zero, clean, alone = rows
    assert [row.name for row in rows] == ["0dB", "clean", "music_alone"]
    # noise under noise at 0 dB: half of the energy is speech (the 512 taps explain a little of the rest)
    assert zero.sdr_mixture == pytest.approx(0, abs=0.4)
    assert zero.gain == pytest.approx(0, abs=1e-6)  # SDR does not see a factor
    assert (clean.sdr, clean.gain) == (80, None)
    assert (alone.sdr, alone.gain) == (None, None)
    assert [row.left_db for row in rows] == pytest.approx([-6.0206] * 3, abs=1e-4)
    assert "| clean | 2 | 80.00 | 80.00 | - | -6.02 |" in table(rows)


def test_one_dir_is_enough_and_none_is_too_few(folder, tmp_path):
    assert mixture_dirs(folder / "clean") == [folder / "clean"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: holds no mixtures with their parts; name a Kaldi dir"):
        mixture_dirs(tmp_path / "empty")


def test_parts_that_do_not_fit_are_refused(folder):
    directory = folder / "clean"
    audio.write(directory / "speech1.wav", 0.1 * np.ones(RATE // 2, np.float32), RATE)
    with pytest.raises(DataError, match=r"speech1.wav: has 8000 samples, its mixture 16000"):
        measure(Halver(), directory, sampling_rate=RATE, chunks=CHUNKS)
    write_table(directory / "speech.scp", {"u0": directory / "speech0.wav"})
    with pytest.raises(DataError, match=r"speech.scp: names other utterances than wav.scp"):
        measure(Halver(), directory, sampling_rate=RATE, chunks=CHUNKS)


@pytest.mark.parametrize("file", ["wav1.wav", "speech1.wav"])
def test_silence_is_named_and_gives_no_nan(folder, file):
    path = folder / "0dB" / file
    audio.write(path, np.zeros(RATE, np.float32), RATE)
    with pytest.raises(DataError, match=rf"{file}: is silent: nothing has a level or an SDR to it; leave it"):
        measure(Halver(), path.parent, sampling_rate=RATE, chunks=CHUNKS)


def test_what_is_shorter_than_sdrs_filter_is_named(folder):
    path = folder / "clean" / "wav0.wav"
    audio.write(path, 0.1 * np.ones(10, np.float32), RATE)
    with pytest.raises(DataError, match=r"wav0.wav: has 10 samples at 16000 Hz, SDR takes 512 at least"):
        measure(Halver(), path.parent, sampling_rate=RATE, chunks=CHUNKS)


def test_a_mixture_that_memory_does_not_suffice_for_names_its_length(folder):
    class Greedy(Halver):
        def separate(self, mixture, lengths, cue=None):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")

    with pytest.raises(
        StateError, match=r"wav0.wav: out of memory at a chunk of 1.0 s, .*; lower separation.c"
    ):
        measure(Greedy(), folder / "0dB", sampling_rate=RATE, chunks=CHUNKS)


def test_a_mixture_of_any_length_takes_the_memory_of_chunks(folder, tmp_path):
    """Chunks of 0.3 s give the figures of the whole; two minutes take no more than one."""
    chunks = {"chunk_seconds": 0.3, "overlap_seconds": 0.1}
    whole, cut = (
        measure(Halver(), folder / "0dB", sampling_rate=RATE, chunks=one) for one in (CHUNKS, chunks)
    )
    for figure in ("sdr_mixture", "sdr", "left_db"):
        assert getattr(cut, figure) == pytest.approx(getattr(whole, figure), abs=1e-5)
    peaks = []
    for minutes in (1, 2):
        samples = np.tile(audio.read(folder / "music_alone" / "wav0.wav")[0], 60 * minutes)
        audio.write(tmp_path / "long.wav", samples, RATE)
        write_table(folder / "music_alone" / "wav.scp", {"u": tmp_path / "long.wav"})
        del samples
        tracemalloc.start()
        measure(Halver(), folder / "music_alone", sampling_rate=RATE, chunks=chunks | {"chunk_seconds": 2.0})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
    assert peaks[1] < 120 * RATE * 4  # of the whole as 32-bit floats


def test_the_command_prints_the_figures(folder, tmp_path_factory, capsys):
    workdir = untrained_workdir(tmp_path_factory.mktemp("work"), "time")
    assert main(["score", "--mixtures", str(folder), "--model", str(workdir.training("time")), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["0dB", "clean", "music_alone"]
    assert rows[0]["gain"] == pytest.approx(rows[0]["sdr"] - rows[0]["sdr_mixture"])


def test_the_command_wants_a_model(folder, capsys):
    assert main(["score", "--mixtures", str(folder)]) == 1
    assert "--mixtures: wants --model, and no files beside; name a separator" in capsys.readouterr().err
