"""The embedded sounds: tags, captions, clips; the same for any number of processes."""

import filecmp

import numpy as np
import pytest

from musasr import audio
from musasr.corpora.clips import Clip, read_clips, write_clips
from musasr.corpora.embedded.sounds.catalogue import (
    general_captions,
    group_captions,
    tags,
    trained_captions,
    unseen_captions,
)
from musasr.corpora.embedded.sounds.clips import LEVEL_DB, Plan, make_clip
from musasr.corpora.embedded.sounds.prepare import prepare
from musasr.errors import ConfigError, DataError, StateError

SETTINGS = {
    "sampling_rate": 8000,
    "seed": 3,
    "clips_per_tag": {"train": 2, "dev": 1, "test": 1},
    "seconds": (0.5, 0.8),
    "only": ["drums", "alarm", "man"],
}


def test_there_are_thirty_tags_and_more_under_five_roots():
    assert len(tags()) >= 30
    assert len({tag.root for tag in tags().values()}) == 5


@pytest.mark.parametrize("tag", sorted(tags()))
def test_every_tag_has_wordings_and_others_that_no_training_sees(tag):
    trained, unseen = trained_captions(tag), unseen_captions(tag)
    assert len(set(trained)) >= 6
    assert len(set(unseen)) >= 5
    every = {caption for name in tags() for caption in trained_captions(name)} | set(group_captions(tags()))
    assert not every & set(unseen)


def test_a_caption_for_a_group_asks_for_no_sound_beside():
    found = {caption for caption, _ in general_captions("man", beside=["piano"])}
    assert "a person is speaking" in found
    assert general_captions("man", beside=["woman"]) == []
    assert ("music", "piano") not in general_captions("piano", beside=["violin", "rain"])


@pytest.mark.slow
@pytest.mark.parametrize("tag", sorted(tags()))
def test_every_tag_sounds_as_long_and_loud_as_planned(tag):
    plan = Plan("x", "train", tag, 1.0, 8000, f"test {tag}")
    samples = make_clip(plan)
    assert samples.shape == (8000,)
    assert samples.dtype == np.float32
    assert np.abs(samples).max() <= 0.951
    assert 10 * np.log10(np.mean(samples**2)) <= LEVEL_DB + 0.01
    assert np.array_equal(samples, make_clip(plan))


def test_clips_are_the_same_for_any_number_of_processes(tmp_path):
    one = prepare(tmp_path / "one", num_jobs=1, **SETTINGS)
    two = prepare(tmp_path / "two", num_jobs=2, **SETTINGS)
    assert [len(clips) for clips in one.values()] == [6, 3, 3]
    for first, second in zip(one["train"] + one["test"], two["train"] + two["test"], strict=True):
        assert filecmp.cmp(first.path, second.path, shallow=False)
        assert first.clip_id == second.clip_id
    assert read_clips(tmp_path / "one" / "test") == one["test"]
    contents = [audio.read(clip.path)[0].tobytes() for clips in one.values() for clip in clips]
    assert len(set(contents)) == 12  # no clip is in two sets


def test_a_rerun_keeps_its_wavs_and_drops_those_of_other_settings(tmp_path):
    first = prepare(tmp_path, num_jobs=1, **SETTINGS)["dev"][0].path
    before = first.stat().st_mtime_ns
    prepare(tmp_path, num_jobs=1, **SETTINGS)
    assert first.stat().st_mtime_ns == before
    prepare(tmp_path, num_jobs=1, **SETTINGS | {"seed": 4})
    assert not first.exists()


def test_somebodys_wavs_are_not_touched(tmp_path):
    mine = tmp_path / "train" / "wav" / "mine.wav"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"x")
    with pytest.raises(StateError, match=r"mine.wav"):
        prepare(tmp_path, num_jobs=1, **SETTINGS)
    assert mine.read_bytes() == b"x"


def test_an_unknown_tag_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"corpus.only: unknown tag 'drum'; did you mean 'drums'"):
        prepare(tmp_path, num_jobs=1, **SETTINGS | {"only": ["drum"]})
    with pytest.raises(DataError, match=r"unknown tag 'drum'"):
        trained_captions("drum")


def test_lists_of_clips_come_back_and_broken_ones_are_one_line(tmp_path):
    clip = Clip("a", tmp_path / "a.wav", 1.5, ("dog", "bark"), ("a dog barks",), ("woof",))
    path = write_clips(tmp_path, [clip])
    assert read_clips(tmp_path) == [clip]
    path.write_text(path.read_text() + '{"clip_id": "b"}\n')
    with pytest.raises(DataError, match=r"clips.jsonl:2: is no clip"):
        read_clips(tmp_path)
    with pytest.raises(DataError, match=r"there are no clips"):
        write_clips(tmp_path, [])
    with pytest.raises(DataError, match=r"there is no list of clips; prepare"):
        read_clips(tmp_path / "nowhere")
