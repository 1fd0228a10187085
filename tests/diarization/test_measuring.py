"""Thresholds come from other recordings than those that are scored; figures and claims by hand."""

import json
from itertools import pairwise

import numpy as np
import pytest

from musasr.corpora.conversation_dir import Conversation
from musasr.diarization import results
from musasr.diarization.evaluation import result_path
from musasr.diarization.hearing import Heard, spoken
from musasr.diarization.keys import KEYS
from musasr.diarization.measuring import Clustering, best_threshold, measure
from musasr.diarization.supervised import SpeakerSequences, change_probability, speakers_of, train_uis_rnn
from musasr.diarization.variants import variants_of
from musasr.diarizers.uis_rnn import load_uis_rnn
from musasr.errors import StateError
from musasr.kaldi.rttm import Turn
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked
from musasr.recipe.system_run import SystemRun

SCORING = {"collar": 0.0, "skip_overlap": False}
AVERAGE = Clustering("average", knows_speakers=False, is_supervised=False)


def heard(name, angles, speakers="abab"):
    """Windows of a second, each a vector at an angle (degrees) of its speaker's."""
    turns = tuple(Turn(float(at), at + 1.0, speaker) for at, speaker in enumerate(speakers))
    windows = [(turn.start, turn.end) for turn in turns]
    radians = np.radians([angles["ab".index(speaker)] + at for at, speaker in enumerate(speakers)])
    vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1)
    return Heard(Conversation(name, None, turns), vectors, windows)


def test_the_threshold_is_the_middle_of_those_with_the_fewest_errors():
    ones = [heard("x", (0, 60))]
    chosen = best_threshold(ones, grid=[0.0, 1.0, 0.1], clustering=AVERAGE, scoring=SCORING)
    # Between the spread of a speaker (2 degrees) and the distance of two (60 degrees: 0.5): 0.1 to 0.4.
    assert chosen == pytest.approx(0.3)


def test_without_a_development_set_each_half_serves_the_other():
    near, far = heard("near", (0, 40)), heard("far", (0, 90))
    thresholds, turns, scores = measure(
        None, [near, far], grid=[0.1, 1.5, 0.2], clustering=AVERAGE, scoring=SCORING
    )
    assert len(thresholds) == 2
    assert thresholds[0] > thresholds[1]  # near is scored with what serves far, and is one speaker with that
    assert scores["near"].der == pytest.approx(50)
    assert scores["far"].der == 0
    assert [turn.speaker for turn in turns["far"]] == ["1", "2", "1", "2"]


def test_who_knows_how_many_speak_needs_no_threshold():
    told = Clustering("average", knows_speakers=True, is_supervised=False)
    thresholds, _, scores = measure(
        None, [heard("x", (0, 10)), heard("y", (0, 10))], grid=[0, 1, 0.1], clustering=told, scoring=SCORING
    )
    assert thresholds == []
    assert scores["x"].der == 0


def test_spans_of_speech_are_without_overlaps():
    turns = [Turn(0, 2, "a"), Turn(1, 1.5, "b"), Turn(2, 3, "b"), Turn(4, 5, "a")]
    assert spoken(turns) == [(0, 3), (4, 5)]


def test_uis_rnn_learns_from_the_windows_of_conversations(tmp_path):
    ones = [heard(f"{angle}", (angle, angle + 90), "aabbaab") for angle in range(0, 240, 20)]
    assert speakers_of([(0.0, 1.0), (0.6, 2.0), (20.0, 21.0)], ones[0].conversation.turns) == ["a", "a", None]
    pairs = [a != b for one in ones for a, b in pairwise("aabbaab")]
    assert change_probability(ones) == pytest.approx((sum(pairs) + 1) / (len(pairs) + 2))
    items = SpeakerSequences(ones, ones, longest=3)
    drawn = items.draw("train", "0/b", np.random.default_rng(0))
    assert drawn["vectors"].shape == (3, 2)
    assert np.allclose(np.linalg.norm(drawn["vectors"], axis=1), np.sqrt(2))
    training = {"batch_size": 8, "max_epoch": 2, "optim": "adam", "optim_conf": {"lr": 0.01}}
    network = {"hidden_size": 8, "dropout": 0.0, "alpha": 1.0}
    train_uis_rnn(ones, ones, tmp_path, network=network, longest=3, training=training, seed=1, threads=1)
    trained = load_uis_rnn(tmp_path)
    assert trained.change_probability == pytest.approx(change_probability(ones), abs=1e-6)
    search = {"beam_size": 3, "passes": 1, "max_speakers": 3}
    learnt = Clustering("average", knows_speakers=False, is_supervised=True, uis_rnn=trained, search=search)
    assert len(learnt.turns(ones[0], 0.0)) >= 1


@pytest.fixture
def run(tmp_path):
    asked = Asked(config=CONF / "diarization_smoke.yaml", workdir=tmp_path)
    return SystemRun.of(asked, "diarization", KEYS, commit="abc")


def keep(run, test_set, variant, errors):
    """Write a variant's errors, seconds of each recording, as an evaluation leaves them."""
    recordings = {
        f"r{n:02d}": {
            "total": 100.0,
            "false_alarm": 0.0,
            "missed": error,
            "confusion": 0.0,
            "jaccard_errors": [error / 100],
            "mapping": None,
            "num_speakers": 2,
        }
        for n, error in enumerate(errors)
    }
    path = result_path(run, test_set, variant)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"settings": {}, "thresholds": [0.5], "recordings": recordings}))


def test_results_hold_every_figure_and_verdict(run):
    variants = variants_of(run.config)
    for one in variants:
        keep(run, "conversations", one.name, [20.0] * 12)
    keep(run, "conversations", "webrtc", [30.0 + n for n in range(12)])  # worse in every recording
    keep(run, "conversations", "wpe", [19.0] * 12)  # better: the claim says that it hurts
    keep(run, "snr_0_separated_none", "base", [40.0] * 12)
    keep(run, "no_music_separated_none", "base", [25.0] * 12)
    with pytest.raises(StateError, match="run musasr train diarization"):
        results.write(run, variants)
    (run.workdir.training("voices")).mkdir(parents=True)
    (run.workdir.training("voices") / "eer.json").write_text('{"dev": 5.0, "test": 6.0}')
    collected = results.write(run, variants)
    rows = {row["variant"]: row for row in collected["test_sets"]["conversations"]}
    assert (rows["base"]["der"], rows["base"]["jer"], rows["base"]["rush"]) == (20, 20, 20)
    assert rows["webrtc"]["der"] == 35.5
    assert rows["webrtc"]["der_ci95"][0] < 35.5 < rows["webrtc"]["der_ci95"][1]
    claims = {one["claim"]: one for one in collected["claims"]["conversations"]}
    assert claims["silero finds speech better than WebRTC"]["verdict"] == "supported"
    assert claims["dereverberation (WPE) hurts"]["verdict"].startswith("not supported")
    assert claims["windows that overlap help"]["verdict"] == "undecided"
    assert [(row["snr_db"], row["der"]) for row in collected["under_music"]] == [(None, 25), (0, 40)]
    assert (rows["base"]["speakers_found"], rows["base"]["speakers"]) == (2, 1)
    assert json.loads((run.workdir.results / "results.json").read_text())["commit"] == "abc"
    table = (run.workdir.results / "table.md").read_text()
    assert "| webrtc | 35.50 |" in table
    assert "| base | no music | the mixture | 25.00 |" in table
    assert "| base | 0 dB | the mixture | 40.00 | 40.0 to 40.0 | 0.00 | 40.00 | 0.00 | 2.0 of 1.0 |" in table
    assert "dev 5.00 %, test 6.00 %" in table
