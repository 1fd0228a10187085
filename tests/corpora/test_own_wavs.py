"""What a person put beside a corpus that we make is not removed: the corpus is not made there."""

import re

import pytest

from musasr.corpora.embedded.music import prepare as music
from musasr.corpora.embedded.speech import prepare as speech
from musasr.corpora.embedded.voices import prepare as voices
from musasr.errors import StateError
from musasr.recipe import config

COMMON = {"sampling_rate": 16000, "seed": 1, "num_jobs": 1}


@pytest.mark.parametrize(("section", "prepare"), [("speech", speech.prepare), ("music", music.prepare)])
@pytest.mark.parametrize("set_name", ["train", "dev", "test"])
def test_a_wav_that_we_did_not_make_is_refused_and_stays(tmp_path, section, prepare, set_name):
    """Once, it was removed without a word, as outdated."""
    settings = dict(config.load(config.CONF / "smoke.yaml")[section])
    del settings["type"]
    mine = tmp_path / set_name / "wav" / "mine.wav"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    message = rf"^{re.escape(str(mine))}: is none of the corpus's wavs; move it elsewhere"
    with pytest.raises(StateError, match=message):
        prepare(tmp_path, **settings, **COMMON)
    assert mine.read_bytes() == b"mine"
    assert not list(tmp_path.rglob("plan.jsonl"))


@pytest.mark.parametrize("set_name", ["train", "dev"])
def test_nor_is_one_beside_the_voices(tmp_path, set_name):
    mine = tmp_path / set_name / "wav" / "mine.wav"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(StateError, match=r"mine\.wav: is none of the corpus's wavs; move it elsewhere"):
        voices.prepare(tmp_path, train_hours=0.01, dev_hours=0.01, **COMMON)
    assert mine.read_bytes() == b"mine"
