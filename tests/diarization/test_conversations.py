"""The embedded conversations: turns are where voices sound, speakers are apart, bytes always the same."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest

from musasr import audio, kaldi
from musasr.corpora.conversation_dir import read_conversations
from musasr.diarization.conversations import script, speakers
from musasr.diarization.conversations.prepare import write_set
from musasr.diarization.conversations.utterances import write_utterances
from musasr.errors import DataError, StateError
from musasr.kaldi import Utterance
from musasr.kaldi.rttm import Turn, write_rttm

RATE = 16000
MANNERS = {
    "seconds": 10,
    "num_speakers": [2, 2],
    "turn_utterances": [1, 2],
    "breath_seconds": [0.1, 0.2],
    "pause_seconds": [0.3, 0.6],
    "overlap_fraction": 0.3,
    "overlap_seconds": [0.5, 1.0],
}
ROOMS = {
    "num_rooms": 1,
    "fraction": 1.0,
    "sources": ["speech"],
    "reference": "reverberant",
    "size": [[4.0, 3.0, 2.5], [4.0, 3.0, 2.5]],
    "reverberation": [0.3, 0.3],
    "distance": [0.5, 1.0],
}


def make(folder, num_jobs, *, rooms=None):
    counts = {"train": 2, "test": 2}
    write_utterances(
        folder / "voices",
        speakers=counts,
        utterances={"train": 2, "test": 3},
        sampling_rate=RATE,
        seed=1,
        num_jobs=num_jobs,
    )
    write_set(
        folder / "test",
        folder / "voices" / "test",
        number=2,
        manners=MANNERS,
        rooms=rooms,
        noise_db=-70.0,
        sampling_rate=RATE,
        seed=1,
        num_jobs=num_jobs,
    )
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("made"), 1)


def test_turns_are_where_the_voices_sound(made):
    for one in read_conversations(made / "test"):
        samples, rate = audio.read(one.path)
        assert one.scored == ((0.0, pytest.approx(len(samples) / rate, abs=0.001)),)
        is_said = np.zeros(len(samples), bool)
        for turn in one.turns:
            is_said[round(turn.start * rate) : round(turn.end * rate)] = True
        level, floor = (10 * np.log10(np.mean(samples[part] ** 2)) for part in (is_said, ~is_said))
        assert level - floor > 20
        assert len({turn.speaker for turn in one.turns}) == 2


def test_no_voice_is_in_two_sets(made):
    train, test = (
        {one.speaker_id for one in kaldi.read_utterances(made / "voices" / name)}
        for name in ("train", "test")
    )
    assert len(train) == len(test) == 2
    assert not train & test
    found = speakers.speakers_of({"a": 60, "b": 60, "c": 60}, seed=3)
    names = [one.speaker_id for ones in found.values() for one in ones]
    assert len(set(names)) == len(names) == 180


@pytest.mark.slow
def test_bytes_are_the_same_for_any_number_of_processes(made, tmp_path):
    def digests(folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".scp")
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest() for path in files}

    assert digests(make(tmp_path, 2)) == digests(made)


def test_rooms_give_each_speaker_a_place(made, tmp_path):
    make(tmp_path, 1, rooms=ROOMS)
    dry, wet = (read_conversations(folder / "test")[0] for folder in (made, tmp_path))
    assert dry.turns == wet.turns
    assert not np.allclose(audio.read(dry.path)[0], audio.read(wet.path)[0], atol=1e-3)


def voice(name, seconds, count):
    return [Utterance(f"{name}-{n}", name, "", f"{name}.wav", round(seconds * RATE)) for n in range(count)]


def test_a_script_alternates_and_overlaps_as_asked():
    voices = {name: voice(name, 2.0, 3) for name in "abc"}
    manners = {**MANNERS, "seconds": 300, "turn_utterances": [1, 1], "num_speakers": [3, 3]}
    said = script.write_script((0, "x"), voices, sampling_rate=RATE, **manners)
    pairs = list(pairwise(said))
    assert all(one.utterance.speaker_id != other.utterance.speaker_id for one, other in pairs)
    overlapping = [one.end - other.start for one, other in pairs if other.start < one.end]
    assert 0.2 < len(overlapping) / len(pairs) < 0.4
    assert min(overlapping) >= 0.5 * RATE
    assert max(overlapping) <= 1.0 * RATE
    assert said == script.write_script((0, "x"), voices, sampling_rate=RATE, **manners)


def test_a_wav_of_ones_own_is_refused(made, tmp_path):
    (tmp_path / "voices" / "train" / "wav").mkdir(parents=True)
    (tmp_path / "voices" / "train" / "wav" / "mine.wav").touch()
    with pytest.raises(StateError, match=r"mine.wav"):
        make(tmp_path, 1)


def test_layouts_of_others_are_read(tmp_path):
    """AMI's names, VoxConverse's folders, DIHARD's flac: one reader."""
    silence = np.zeros(RATE, np.float32)
    (tmp_path / "audio").mkdir()
    (tmp_path / "rttm").mkdir()
    audio.write(tmp_path / "audio" / "ES2002a.Mix-Headset.wav", silence, RATE)
    audio.write(tmp_path / "audio" / "abjxc.wav", silence, RATE)
    for name in ("ES2002a", "abjxc"):
        write_rttm(tmp_path / "rttm" / f"{name}.rttm", {name: [Turn(0.1, 0.5, "x")]})
    found = read_conversations(tmp_path)
    assert [(one.recording_id, one.path.name, one.scored) for one in found] == [
        ("ES2002a", "ES2002a.Mix-Headset.wav", None),
        ("abjxc", "abjxc.wav", None),
    ]


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(DataError, match=r"no such folder; name one with .rttm files"):
        read_conversations(tmp_path / "none")
    with pytest.raises(DataError, match=r"holds no turns; put .rttm files there"):
        read_conversations(tmp_path)
    write_rttm(tmp_path / "a.rttm", {"a": [Turn(0, 1, "x")], "b": [Turn(0, 1, "x")]})
    with pytest.raises(DataError, match=r"2 of 2 recordings have no sound, a first; put a.wav"):
        read_conversations(tmp_path)
    write_rttm(tmp_path / "c.rttm", {"a": [Turn(0, 1, "x")]})
    with pytest.raises(DataError, match=r"a stands in an earlier file too; keep one of them"):
        read_conversations(tmp_path)
