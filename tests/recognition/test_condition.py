"""What recognition of a condition leaves in files: rows, scores within bounds, audio if asked for."""

import json

import numpy as np
import pytest
import torch
from runs import make_run
from trained_folders import save_untrained

from musasr import audio
from musasr.joint import JointModel
from musasr.kaldi import Piece, Utterance, write_music_dir, write_speech_dir
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.plan import draw_plan, make, read_plan, write_plan
from musasr.recipe.conditions import CLEAN, Condition
from musasr.recognition.condition import ConditionRecognizer
from musasr.text import train_units

RATE = 16000
SYSTEM = "time+mixture:both"  # whose utterances are the report's examples
SEPARATION = "time+none"  # ends after its separator
UNDER_MUSIC = Condition("anime", 0)
SECONDS = {"a-1": 0.5, "a-2": 1.1, "b-1": 0.8, "b-2": 0.3}


def noise(seconds, seed):
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def write_test_data(workdir):
    """Four utterances, one piece of music, their plan at 0 dB, and units."""
    utterances = []
    for seed, (utterance_id, seconds) in enumerate(SECONDS.items()):
        path = workdir.speech("test") / "wav" / f"{utterance_id}.wav"
        audio.write(path, noise(seconds, seed), RATE)
        utterances.append(
            Utterance(utterance_id, utterance_id[0], "ab cd", path, num_samples=round(seconds * RATE))
        )
    write_speech_dir(workdir.speech("test"), utterances)
    path = workdir.music("test") / "wav" / "song.wav"
    audio.write(path, noise(3.0, 9), RATE)
    write_music_dir(workdir.music("test"), [Piece("song", path, 3.0, "anime")])
    library = library_of(path)
    write_plan(workdir.plan, list(draw_plan(utterances, {"anime": library}, seed=1, snrs_db=[0])))
    train_units(["ab cd ef gh ij", "kl mn op qr"], workdir.units, unit_type="char", num_units=None)


def library_of(path):
    return MusicLibrary([Piece("song", path, 3.0, "anime")], sampling_rate=RATE, crossfade_seconds=0.05)


def make_test_run(root, *settings, system=SYSTEM):
    plain = ("mixing.test.genres=[]", "mixing.test.snrs_db=[0]", "decode.maxlenratio=0.5")
    return make_run(root, "smoke", *plain, *settings, systems=system)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A working directory with test data and an untrained system."""
    root = tmp_path_factory.mktemp("work")
    write_test_data(make_test_run(root).workdir)
    save_untrained(root, SYSTEM)
    save_untrained(root, SEPARATION)
    return root


@pytest.fixture
def recognize(root, tmp_path):
    """A function: rows of a condition by id, each decoding of one name in a folder of its own."""

    def run_of(*settings, condition=UNDER_MUSIC, name="plain", system=SYSTEM):
        named = f"decode.name={tmp_path.name.replace('-', '_')}_{name}"
        run = make_test_run(root, named, *settings, system=system)
        seconds = ConditionRecognizer(run)(system, condition)
        assert seconds == pytest.approx(sum(SECONDS.values()))
        lines = run.workdir.utterances(system, condition.name).read_text(encoding="utf-8").splitlines()
        return run, {row["utterance_id"]: row for row in map(json.loads, lines)}

    return run_of


@pytest.fixture
def estimated(monkeypatch):
    """Have every separator give what a function makes of a mixture's speech, looked up by its length."""

    def install(root, speech_estimate):
        parts = {len(one.mixture): one for one in planned_mixtures(root).values()}

        def separate(self, mixture, lengths, cue=None):
            estimates = mixture.new_zeros(len(mixture), 2, mixture.shape[1])
            for index, length in enumerate(lengths.tolist()):
                estimates[index, 0, :length] = torch.from_numpy(speech_estimate(parts[length]))
            return estimates

        monkeypatch.setattr(JointModel, "separate", separate)

    return install


def planned_mixtures(root):
    """The mixtures of the plan by utterance, from the plan and the files alone."""
    workdir = make_test_run(root).workdir
    library = library_of(workdir.music("test") / "wav" / "song.wav")
    speech = {name: audio.read(workdir.speech("test") / "wav" / f"{name}.wav")[0] for name in SECONDS}
    return {
        row.utterance_id: make(row, speech=speech[row.utterance_id], library=library)
        for row in read_plan(workdir.plan)
    }


def test_every_utterance_is_a_row_in_the_order_of_ids_and_a_line_of_text(recognize):
    run, rows = recognize()
    assert list(rows) == sorted(SECONDS)
    text = (run.workdir.decode(SYSTEM, UNDER_MUSIC.name) / "text").read_text(encoding="utf-8").splitlines()
    assert text == [f"{name} {row['hypothesis']}".strip() for name, row in rows.items()]
    for name, row in rows.items():
        assert row["num_samples"] == round(SECONDS[name] * RATE)
        assert row["si_sdr_mixture"] == pytest.approx(0.0, abs=0.5)  # what was asked for: 0 dB
        assert set(row["seconds"]) == {"separation", "reading"}


def test_clean_speech_has_no_separation_to_measure(recognize):
    _, rows = recognize(condition=CLEAN)
    for row in rows.values():
        assert {row[name] for name in ("sdr", "si_sdr", "sdr_mixture", "si_sdr_mixture")} == {None}


def test_a_perfect_estimate_scores_80_db_and_a_silent_one_minus_80(recognize, estimated, root):
    estimated(root, lambda parts: 0.5 * parts.speech)
    _, perfect = recognize(name="perfect")
    estimated(root, lambda parts: np.zeros_like(parts.speech))
    _, silent = recognize(name="silent")
    for name in SECONDS:
        assert (perfect[name]["sdr"], perfect[name]["si_sdr"]) == (80.0, 80.0)
        assert (silent[name]["sdr"], silent[name]["si_sdr"]) == (-80.0, -80.0)


def test_a_system_that_ends_after_its_separator_leaves_scores_and_no_text(recognize):
    run, rows = recognize(system=SEPARATION)
    assert not (run.workdir.decode(SEPARATION, UNDER_MUSIC.name) / "text").exists()
    for row in rows.values():
        assert (row["hypothesis"], row["score"]) == (None, None)
        assert isinstance(row["si_sdr"], float)


def test_a_separator_without_speech_has_no_score_of_it(recognize, monkeypatch):
    names = property(lambda self: ("vocals", "band"), lambda *_: None)
    monkeypatch.setattr(JointModel, "sources", names, raising=False)
    best = f"report.best={SEPARATION}"  # the report's examples cannot be made of it either
    run, rows = recognize("decode.keep_audio=true", best, system=SEPARATION)
    for row in rows.values():
        assert {row[name] for name in ("sdr", "si_sdr", "sdr_mixture", "si_sdr_mixture")} == {None}
    assert not (run.workdir.results / "audio").exists()
    folder = run.workdir.decode(SEPARATION, UNDER_MUSIC.name) / "audio"
    assert {path.name.split("_")[1] for path in folder.iterdir()} == {"vocals.wav", "band.wav"}


def test_within_the_bounds_a_score_is_the_estimates_own(recognize, estimated, root):
    estimated(root, lambda parts: parts.speech + 0.1 * parts.music)
    _, rows = recognize()
    for name, parts in planned_mixtures(root).items():
        power, rest = np.square(parts.speech).sum(), np.square(0.1 * parts.music).sum()
        assert rows[name]["si_sdr"] == pytest.approx(10 * np.log10(power / rest), abs=0.3)


def test_estimates_are_kept_where_that_is_asked_for_and_nowhere_else(recognize, estimated, root):
    estimated(root, lambda parts: 20.0 * parts.speech)  # far above full scale: clipped, never refused
    run, plain = recognize(name="plain")
    assert not (run.workdir.decode(SYSTEM, UNDER_MUSIC.name) / "audio").exists()
    run, kept = recognize("decode.keep_audio=true", name="kept")
    folder = run.workdir.decode(SYSTEM, UNDER_MUSIC.name) / "audio"
    names = {f"{name}_{source}.wav" for name in SECONDS for source in ("speech", "music")}
    assert {path.name for path in folder.iterdir()} == names
    for name, parts in planned_mixtures(root).items():
        samples, rate = audio.read(folder / f"{name}_speech.wav")
        assert rate == RATE
        np.testing.assert_allclose(samples, np.clip(20.0 * parts.speech, -1, 1), atol=1.1 / 32768)
        assert not audio.read(folder / f"{name}_music.wav")[0].any()
    assert [row["hypothesis"] for row in kept.values()] == [row["hypothesis"] for row in plain.values()]


def test_the_best_the_median_and_the_worst_utterance_are_kept_for_the_report(recognize, estimated, root):
    estimated(root, lambda parts: 0.5 * parts.speech)
    run, rows = recognize()
    folder = run.workdir.examples(UNDER_MUSIC.name)
    listed = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    assert [one["rank"] for one in listed] == ["best", "median", "worst"]
    assert {path.name for path in folder.iterdir()} == {one["utterance_id"] for one in listed} | {
        "examples.json"
    }
    for one in listed:
        parts = planned_mixtures(root)[one["utterance_id"]]
        row = rows[one["utterance_id"]]
        assert (one["hypothesis"], one["si_sdr"], one["reference"]) == (
            row["hypothesis"],
            row["si_sdr"],
            "ab cd",
        )
        sounds = {"mixture": parts.mixture, "reference": parts.speech, "estimate": 0.5 * parts.speech}
        names = {path.name for path in (folder / one["utterance_id"]).iterdir()}
        assert names == {f"{name}.wav" for name in sounds} | {"attention.npy"}
        for name, samples in sounds.items():
            found, _ = audio.read(folder / one["utterance_id"] / f"{name}.wav")
            np.testing.assert_allclose(found, samples, atol=1.1 / 32768)
        weights = np.load(folder / one["utterance_id"] / "attention.npy")
        assert len(weights) == len(one["units"])
        np.testing.assert_allclose(weights.astype(float).sum(axis=1), 1.0, atol=1e-2)
        assert "".join(one["units"][:-1]).replace("\u2581", " ").strip() == row["hypothesis"].strip()


def test_examples_of_an_earlier_run_are_replaced(recognize, root):
    run, _ = recognize()
    old = run.workdir.examples(UNDER_MUSIC.name) / "old-utterance"
    old.mkdir()
    recognize()
    assert not old.exists()


@pytest.mark.parametrize(
    "settings",
    [
        ("decode.batch_seconds=0.1",),  # each alone
        ("decode.batch_seconds=2.2",),  # two and two
        ("decode.separate_seconds=0.1",),
        ("decode.separate_seconds=2.2", "decode.batch_seconds=100"),
    ],
)
def test_how_much_is_done_at_once_changes_nothing(recognize, settings):
    _, expected = recognize(name="plain")
    _, rows = recognize(*settings, name="other")
    assert list(rows) == list(expected)
    for name, row in rows.items():
        assert row["hypothesis"] == expected[name]["hypothesis"]
        for score in ("score", "sdr", "si_sdr"):
            assert row[score] == pytest.approx(expected[name][score], abs=1e-2)
        for score in ("num_samples", "sdr_mixture", "si_sdr_mixture"):
            assert row[score] == expected[name][score]
