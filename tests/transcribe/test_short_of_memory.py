"""Too little memory or room for a recording is one line: how long what it was for is, and what to lower."""

import shutil
from collections import namedtuple

import numpy as np
import pytest
import torch
from burst_film import SETTINGS, make_system, write_film

from musasr import errors
from musasr.errors import StateError
from musasr.recognition.long_separation import separate_blocks
from musasr.transcribe.files import FileTranscriber
from musasr.transcribe.outputs import outputs_of

NO_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory"),
    MemoryError(),
]


class Greedy:
    """Asks for more than there is, as a separator and as a reader."""

    sources = ("speech", "music")
    sampling_rate = 16000

    def __init__(self, error):
        self.error = error

    def separate(self, mixture, lengths, cue=None):
        raise self.error

    def __call__(self, waveforms, lengths):
        raise self.error


@pytest.mark.parametrize("error", NO_MEMORY)
def test_a_chunk_names_its_length_and_its_setting(error):
    chunks = separate_blocks(
        Greedy(error),
        [np.ones((2, 16000), np.float32) * [[1], [2]]],
        sampling_rate=8000,
        chunk_seconds=4,
        overlap_seconds=0,
        where="film.mkv",
    )
    message = r"^film.mkv: out of memory at a chunk of 2.0 s, 2 channels; lower separation.chunk_seconds$"
    with pytest.raises(StateError, match=message):
        list(chunks)


def test_another_fault_stays_what_it_is():
    error = RuntimeError("shapes do not go together")
    chunks = separate_blocks(
        Greedy(error), [np.ones(9, np.float32)], sampling_rate=8000, chunk_seconds=4, overlap_seconds=0
    )
    with pytest.raises(RuntimeError, match="shapes"):
        list(chunks)


@pytest.mark.parametrize("error", NO_MEMORY)
def test_segments_name_their_lengths_and_their_setting(monkeypatch, tmp_path, error):
    media = write_film(tmp_path / "film.wav", [(0.5, 1.5), (3.0, 5.5)], 7.0)
    system = make_system(monkeypatch)
    monkeypatch.setattr(type(system.reader), "__call__", Greedy(error).__call__)
    (outputs,) = outputs_of([media], tmp_path / "out", "srt")
    message = r"^out of memory at \d segments of up to \d\.\d s; lower reading.batch_seconds or reading.beam"
    with pytest.raises(StateError, match=message):
        FileTranscriber(system, SETTINGS)(outputs)


def test_room_is_looked_for_before_the_work(monkeypatch, tmp_path):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(2_000_000))
    errors.check_room(tmp_path / "not" / "there", 1_900_000, "the stems")
    message = r"there: the stems need about 2.1 MB, and 2.0 MB are free; make room there, or name another"
    with pytest.raises(StateError, match=message):
        errors.check_room(tmp_path / "not" / "there", 2_100_000, "the stems")
    assert list(tmp_path.iterdir()) == []


def test_a_recording_needs_room_for_what_it_gives(monkeypatch, tmp_path):
    media = write_film(tmp_path / "film.wav", [(0.5, 1.5)], 7.0)
    (outputs,) = outputs_of([media], tmp_path / "out", "srt")
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(20_000))
    message = r"out: the subtitles and what is kept of the work need about 21\.0 kB, and 20\.0 kB are free"
    with pytest.raises(StateError, match=message):
        FileTranscriber(make_system(monkeypatch), SETTINGS)(outputs)
    assert not outputs.folder.exists()
