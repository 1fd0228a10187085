"""The recipe of diarisation from nothing to its tables, tiny; a second run does nothing again."""

import json

import pytest

from musasr.cli.main import main
from musasr.diarizers.settings import load_settings
from musasr.recipe.config import CONF

TINY = ("voices.speakers.train=3", "conversations.manners.seconds=6", "supervised.training.max_epoch=1")


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
    assert kept["clustering"]["threshold"] == results["test_sets"]["conversations"][0]["thresholds"][0]
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.wav")} | {
        path: path.stat().st_mtime_ns for path in (tmp_path / "exp").rglob("*.json")
    }
    for verb in ("prepare", "train", "evaluate"):
        assert do(verb, tmp_path) == 0
    assert "done already" in capfd.readouterr().out
    assert times == {path: path.stat().st_mtime_ns for path in times}
