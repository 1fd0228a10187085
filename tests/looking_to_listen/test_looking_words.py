"""The voice of a face before a recogniser: scenes, both trained together, the errors of what is read."""

import json

import numpy as np
import pytest
from looking_runs import CONF, musasr, write_sets
from trained_folders import untrained_workdir

from musasr.corpora.talking.clips import Clip, read_clips, write_clips
from musasr.corpora.talking.prepared import Prepared, Rates, prepare_tracks
from musasr.looking_to_listen.noise import MadeNoise
from musasr.looking_to_listen.words.items import SpokenItems
from musasr.looking_to_listen.words.results import collect
from musasr.looking_to_listen.words.scenes import Levels, Scenes
from musasr.mixing.gain import snr_db
from musasr.text import Units

TEXTS = ("ab cd", "ef gh", "kl mn ij")


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_sets(tmp_path_factory.mktemp("films"), texts=TEXTS, longer_by=0.2)


@pytest.fixture(scope="module")
def scenes(films, tmp_path_factory):
    output = tmp_path_factory.mktemp("arrays")
    prepare_tracks(films / "test", output, Rates(8, 16000, 25, 1.0), num_jobs=1)
    return Scenes(Prepared(output), MadeNoise(16000), sampling_rate=16000)


def random(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_texts_stand_in_the_table(films, scenes):
    assert [clip.text for clip in read_clips(films / "test")] == list(TEXTS)
    assert scenes.text_of == {f"test{number}": text for number, text in enumerate(TEXTS)}


def test_a_table_without_texts_is_read(tmp_path):
    write_clips(tmp_path, [Clip("one", "who", tmp_path / "one.mp4")])
    table = tmp_path / "clips.tsv"
    lines = [line.rsplit("\t", 1)[0] for line in table.read_text().splitlines()]
    table.write_text("\n".join(lines) + "\n")
    assert read_clips(tmp_path)[0].text == ""


def test_voice_and_music_are_brought_to_their_levels(scenes):
    only = {
        "voice": scenes.make("test1", Levels(voice_db=3.0), random()),
        "music": scenes.make("test1", Levels(music_db=7.0), random()),
    }
    for scene, level in zip(only.values(), (3.0, 7.0), strict=True):
        assert snr_db(speech=scene.speech, music=scene.rest) == pytest.approx(level, abs=0.01)
    both = scenes.make("test1", Levels(3.0, 7.0), random())
    assert both.rest == pytest.approx(only["voice"].rest + only["music"].rest, abs=1e-6)
    assert both.mixture == pytest.approx(both.speech + both.rest)
    assert (both.faces.shape[:2], both.text) == ((1, round(len(both.speech) / 640)), "ef gh")
    assert not scenes.make("test1", Levels(), random()).rest.any()


def test_the_other_voice_is_somebody_elses(scenes):
    for seed in range(8):
        scene = scenes.make("test1", Levels(voice_db=0.0), random(seed))
        assert abs(np.corrcoef(scene.speech, scene.rest)[0, 1]) < 0.2


def test_conditions_have_names():
    assert [one.name for one in (Levels(), Levels(0.0), Levels(None, 5.0), Levels(-5.0, 2.5))] == [
        "clean",
        "voice 0 dB",
        "music 5 dB",
        "voice -5 dB, music 2.5 dB",
    ]


def test_a_batch_holds_lengths_and_marks_what_is_no_text(scenes, tmp_path):
    from musasr.classification.batches import DrawnBatches

    workdir = untrained_workdir(tmp_path)
    units = Units.load(workdir.units)
    bounds = {"voice_db": (0.0, 0.0), "music_db": (5.0, 5.0)}
    items = SpokenItems({"train": scenes, "dev": scenes}, units, **bounds, has_faces=True)
    batches = DrawnBatches(items, batch_size=3, seed=1)
    ((ids, batch),) = list(batches.loader("valid", 1))
    assert ids == ["test0", "test1", "test2"]
    assert batch["speech"].shape == (3, int(batch["speech_lengths"].max()))
    assert batch["cue"].shape[:3] == (3, 1, round(int(batch["speech_lengths"].max()) / 640))
    for row, (text, length) in enumerate(zip(batch["text"], batch["text_lengths"], strict=True)):
        assert units.decode(text[:length].tolist()) == TEXTS[row]
        assert (text[length:] == -1).all()
    beyond = batch["speech"][0, int(batch["speech_lengths"][0]) :]
    assert len(beyond) > 0
    assert not beyond.any()
    sums = batch["speech_ref1"] + batch["speech_ref2"]
    assert batch["speech"].numpy() == pytest.approx(sums.numpy(), abs=1e-6)


def rows(errors: dict[str, list[str]]) -> dict[str, list[dict]]:
    truth = {"clip": "c", "reference": "a b c d", "si_sdr": 3.0, "si_sdr_mixture": 1.0}
    return {
        name: [
            {**truth, "clip": f"c{number}", "condition": condition, "hypothesis": text}
            for condition in ("clean", "music 5 dB")
            for number, text in enumerate(texts)
        ]
        for name, texts in errors.items()
    }


def test_errors_are_counted_by_condition_and_compared():
    found = collect(rows({"one": ["a b c d"] * 20, "other": ["a b x d", "a b c d"] * 10}), seed=1)
    assert found["num_clips"] == 20
    by_name = {(row["system"], row["condition"]): row for row in found["results"]}
    assert by_name["one", "all"]["wer"] == 0.0
    assert by_name["other", "clean"]["wer"] == pytest.approx(12.5)
    assert by_name["other", "all"]["si_sdr_gain"] == pytest.approx(2.0)
    alone = [{**row, "si_sdr": 20.0, "si_sdr_mixture": 80.0} for row in rows({"one": ["a"]})["one"]]
    assert collect({"one": alone}, seed=1)["results"][0]["si_sdr_gain"] is None
    (comparison,) = found["comparisons"]
    assert (comparison["system"], comparison["against"]) == ("one", "other")
    assert comparison["wer_difference"] == pytest.approx(-12.5)
    assert comparison["p"] < 0.001


@pytest.fixture(scope="module")
def main_workdir(tmp_path_factory):
    return untrained_workdir(tmp_path_factory.mktemp("main"), "time", "none+mixture")


@pytest.fixture(scope="module")
def config(main_workdir, tmp_path_factory):
    """The recipe of words at the size of the smoke recipe, before a recogniser that has learnt nothing."""
    path = tmp_path_factory.mktemp("conf") / "words.yaml"
    bases = [str(CONF / f"looking_to_listen_{name}.yaml") for name in ("words", "smoke")]
    path.write_text(
        f"base: {json.dumps(bases)}\n"
        "mixing: {music_hours: 0.003, num_test: 2}\n"
        "words:\n"
        f"  recognizer: {main_workdir.training('none+mixture')}\n"
        "  conditions: [{voice_db: null, music_db: null}, {voice_db: 0.0, music_db: 5.0}]\n"
        "  training: {max_epoch: 1}\n"
        f"systems: {{time: {{front_end: {main_workdir.training('time')}}}}}\n"
    )
    return path


@pytest.mark.slow
def test_every_system_reads_every_condition(films, config, tmp_path, capsys):
    for verb in ("prepare", "train", "evaluate", "report"):
        assert musasr(verb, films, tmp_path, config=config) == 0, capsys.readouterr().err
    words = json.loads((tmp_path / "results" / "results.json").read_text())["words"]
    systems = ["mixture", "mixture_tuned", "time", "unseen", "seen_cascade", "seen"]
    conditions = ["clean", "voice 0 dB, music 5 dB", "all"]
    found = [(row["system"], row["condition"]) for row in words["results"]]
    assert found == [(system, condition) for system in systems for condition in conditions]
    assert len(words["comparisons"]) == 15
    table = (tmp_path / "results" / "table.md").read_text()
    assert "| read by | clean | voice 0 dB, music 5 dB | all |" in table
    capsys.readouterr()
    for verb in ("train", "evaluate"):
        assert musasr(verb, films, tmp_path, config=config) == 0
    # Four variants and four tuned systems, then four variants and six systems.
    assert capsys.readouterr().out.count("already done") == 18
    face = "systems.seen.is_tuned=false"
    assert musasr("evaluate", films, tmp_path, face, config=config) == 1
    assert (
        "was made with system.is_tuned = True, and the configuration now says False"
        in capsys.readouterr().err
    )


def test_what_is_not_trained_is_named_before_anything_is_made(films, config, tmp_path, capsys):
    other = "words.recognizer=nowhere/exp/none+mixture"
    assert musasr("prepare", films, tmp_path, other, config=config) == 1
    error = capsys.readouterr().err
    assert "nowhere/exp/none+mixture: is no trained model of the main recipe; train it: ./run.sh" in error
    assert not (tmp_path / "data").exists()


def test_clips_without_texts_are_named_before_anything_is_trained(config, tmp_path, capsys):
    films = write_sets(tmp_path / "films", texts=("ab", "", "cd"))
    assert musasr("prepare", films, tmp_path / "run", config=config) == 0
    capsys.readouterr()
    assert musasr("train", films, tmp_path / "run", config=config) == 1
    assert "1 clips have no text, such as train1; write what is said" in capsys.readouterr().err
    assert not (tmp_path / "run" / "exp").exists()


def test_another_rate_is_named_before_anything_is_made(films, config, tmp_path, capsys):
    assert musasr("prepare", films, tmp_path, "sampling_rate=8000", config=config) == 1
    assert "works at 16000 Hz, and this run at 8000 Hz; take models of one" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("variants.audio_visual.init=seen", "variants.audio_visual.init: 'seen' is no variant above it"),
        ("variants.seen.init=audio_only", "'audio_only' is no variant above it that sees as many faces"),
        ("words.conditions=[{music_db: 5}]", "a list of {voice_db, music_db}"),
    ],
)
def test_settings_of_words_that_are_none_are_named(films, config, tmp_path, capsys, setting, message):
    (tmp_path / "data" / "faces").mkdir(parents=True)
    (tmp_path / "data" / "faces" / "done.json").write_text("{}")
    assert musasr("train", films, tmp_path, setting, config=config) == 1
    assert message in capsys.readouterr().err
