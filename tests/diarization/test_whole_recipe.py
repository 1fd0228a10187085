"""The recipe of diarisation from nothing to its tables, tiny; a second run does nothing again."""

import json

import numpy as np
import pytest
from onnx_networks import write_band_levels

from musasr.cli.main import main
from musasr.diarization import stages
from musasr.diarization.keys import KEYS
from musasr.diarizers.embedders import open_embedder
from musasr.diarizers.settings import load_settings
from musasr.errors import ConfigError
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked
from musasr.recipe.system_run import SystemRun
from musasr.transcribe.speakers import find_voices

TINY = ("voices.speakers.train=3", "conversations.manners.seconds=6", "supervised.training.max_epoch=1")


def run_in(workdir, *settings):
    asked = Asked(config=CONF / "diarization_smoke.yaml", workdir=workdir, set=settings)
    return SystemRun.of(asked, "diarization", KEYS)


def do(verb, workdir, *settings):
    options = [word for setting in (*TINY, *settings) for word in ("--set", setting)]
    config = ["--config", str(CONF / "diarization_smoke.yaml"), "--workdir", str(workdir), "--nj", "1"]
    return main([verb, "diarization", *config, *options])


@pytest.mark.slow
def test_stages_end_in_tables_and_are_not_done_twice(tmp_path, capfd):
    for verb in ("prepare", "train", "evaluate", "report"):
        assert do(verb, tmp_path) == 0
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    names = [row["variant"] for row in results["test_sets"]["conversations"]]
    assert names[:3] == ["base", "known_speech", "known_speakers"]
    assert "uis_rnn" in names
    for row in results["test_sets"]["conversations"]:
        assert 0 <= row["missed"] <= row["der"]
    known = next(row for row in results["test_sets"]["conversations"] if row["variant"] == "known_speech")
    assert known["false_alarm"] == 0
    assert "# Who speaks when" in capfd.readouterr().out
    kept = load_settings(model=tmp_path / "exp" / "voices")
    no_music, music = results["under_music"]
    assert (no_music["snr_db"], music["snr_db"]) == (None, 0)
    assert [kept["clustering"]["threshold"]] == no_music["thresholds"] == music["thresholds"]
    # No music of the test is heard in training.
    for mode, mixer in stages.mixers_of(run_in(tmp_path, *TINY)).items():
        folder = tmp_path / "data" / "music" / {"valid": "dev"}.get(mode, mode)
        assert {piece.path.parents[1] for piece in mixer.library.pieces.values()} == {folder}
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.wav")} | {
        path: path.stat().st_mtime_ns for path in (tmp_path / "exp").rglob("*.json")
    }
    for verb in ("prepare", "train", "evaluate"):
        assert do(verb, tmp_path) == 0
    assert "done already" in capfd.readouterr().out
    assert times == {path: path.stat().st_mtime_ns for path in times}


@pytest.mark.slow
def test_another_network_of_voices_is_not_trained_but_gets_its_threshold(tmp_path, capfd):
    another = f"embedder={write_band_levels(tmp_path / 'bands.onnx')}"
    for verb in ("prepare", "train", "evaluate", "report"):
        assert do(verb, tmp_path, another, "under_music.snrs_db=[5, 0]") == 0
    assert "bands.onnx hears the voices: nothing to train" in capfd.readouterr().out
    assert not (tmp_path / "exp" / "voices").exists()
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    assert results["eer"] is None
    folder = find_voices(tmp_path.parent)
    assert folder == tmp_path / "exp" / "embedder"
    waveforms = np.random.default_rng(0).normal(size=(2, 16_000)).astype(np.float32)
    assert np.array_equal(open_embedder(folder)(waveforms), open_embedder(tmp_path / "bands.onnx")(waveforms))
    kept = load_settings(model=folder)
    assert [kept["clustering"]["threshold"]] == results["under_music"][0]["thresholds"]


def test_cam_plus_plus_is_looked_for_before_anything_is_made(tmp_path):
    asked = Asked(config=CONF / "diarization_cam_plus_plus.yaml", workdir=tmp_path, set=("embedder=no.pt",))
    run = SystemRun.of(asked, "diarization", KEYS)
    for stage in (stages.prepare, stages.train, stages.evaluate):
        with pytest.raises(
            ConfigError, match=r"no\.pt: no such file; check the path of the network of voices"
        ):
            stage(run)
    assert not (tmp_path / "data").exists()


def test_what_a_training_could_not_mix_is_refused_before_anything_is_made(tmp_path):
    for setting, message in (
        ("mixing.snr_mean_db=500", "mixing.snr_mean_db: wants a number from -200 to 200"),
        ("mixing.speed=2", "unknown key 'speed'"),
        ("mixing.rooms.fraction=2", "mixing.rooms.fraction: wants a number from 0 to 1"),
        ("mixing.rooms.distance=[2.0, 1.0]", "mixing.rooms.distance: wants"),
        ("mixing.variety.noise_down_db=null", "mixing.variety.noise_down_db: wants settings"),
    ):
        with pytest.raises(ConfigError, match=message):
            stages.prepare(run_in(tmp_path, setting))
    assert not (tmp_path / "data").exists()
    assert stages.mixers_of(run_in(tmp_path, "mixing=null")) is None
