"""The recipe of diarisation from nothing to its tables, tiny; a second run does nothing again."""

import json

import pytest

from musasr.cli.main import main
from musasr.diarization import stages
from musasr.diarization.keys import KEYS
from musasr.diarizers.settings import load_settings
from musasr.errors import ConfigError
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked
from musasr.recipe.system_run import SystemRun

TINY = ("voices.speakers.train=3", "conversations.manners.seconds=6", "supervised.training.max_epoch=1")


def run_in(workdir, *settings):
    asked = Asked(config=CONF / "diarization_smoke.yaml", workdir=workdir, set=settings)
    return SystemRun.of(asked, "diarization", KEYS)


def do(verb, workdir):
    options = [word for setting in TINY for word in ("--set", setting)]
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
