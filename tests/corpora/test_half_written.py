"""Audio that a failing disk or another program cut is made again, not taken for whole."""

import numpy as np
import pytest

from musasr import audio
from musasr.corpora.cutting import write_set
from musasr.corpora.files import WAV_HEADER, is_whole_wav
from musasr.errors import StateError
from musasr.kaldi import Utterance

RATE = 16000


@pytest.fixture
def recording(tmp_path):
    samples = 0.1 * np.sin(np.arange(RATE) / 5.0).astype(np.float32)
    audio.write(tmp_path / "source.wav", samples, RATE)
    return tmp_path / "source.wav"


def test_a_wav_is_whole_when_all_its_bytes_are_there(recording):
    assert is_whole_wav(recording)
    data = recording.read_bytes()
    assert len(data) == WAV_HEADER + 2 * RATE
    for spoilt in (data[: len(data) // 2], data[:-1], data[:WAV_HEADER], data[:7], b"", b"x" * len(data)):
        recording.write_bytes(spoilt)
        assert not is_whole_wav(recording)
    recording.unlink()
    assert not is_whole_wav(recording)


def cut(tmp_path, recording):
    utterances = [Utterance(name, "s", "words", recording, None, 0.0, 0.5) for name in ("s-a", "s-b")]
    write_set(tmp_path / "set", utterances, num_jobs=1, sampling_rate=RATE)
    return tmp_path / "set" / "wav" / "s-a.wav"


def test_a_cut_that_is_half_there_is_cut_again(tmp_path, recording):
    wav = cut(tmp_path, recording)
    whole = wav.read_bytes()
    kept = wav.with_name("s-b.wav").stat().st_mtime_ns
    wav.write_bytes(whole[: len(whole) // 2])
    assert cut(tmp_path, recording).read_bytes() == whole
    assert wav.with_name("s-b.wav").stat().st_mtime_ns == kept


@pytest.mark.parametrize("content", [b"", b"garbage\n", b"\xff\xfe", b"s-a cut off"])
def test_a_broken_note_of_what_was_cut_is_one_line(tmp_path, recording, content):
    wav = cut(tmp_path, recording)
    (tmp_path / "set" / "cuts").write_bytes(content)
    with pytest.raises(StateError, match=r"set/cuts(:\d+)?: .*; remove that file: everything is cut again"):
        cut(tmp_path, recording)
    (tmp_path / "set" / "cuts").unlink()
    assert cut(tmp_path, recording) == wav
