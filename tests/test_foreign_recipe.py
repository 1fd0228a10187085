"""A recipe that is not the paper's, end to end: everything that differs is in one YAML file.

Other SNRs, a genre of one's own, ESPnet's BSRNN as a third front end, a recogniser that comes trained and is
not ESPnet's, and systems that end after their separator.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECIPE = """
base: [{conf}/smoke.yaml, {conf}/front_ends/bsrnn.yaml]
music: {{type: folder, train: {music}/train, dev: {music}/dev, test: {music}/test, table: null}}
mixing: {{test: {{snrs_db: [10, 0], genres: [rock]}}}}
models:
  bsrnn: {{enh_separator_conf: {{num_channels: 4, num_layers: 1}}}}
  asked: {{reader: "crossing_reader:CrossingReader", reader_conf: {{seconds: 0.1}}}}
systems: {{headline: [none+mixture, none+asked, bsrnn+mixture:both, bsrnn+asked:none, time+none]}}
report: {{under_genres: [none+mixture, bsrnn+mixture:both]}}
"""


@pytest.fixture(scope="module")
def foreign(smoke_workdir, tmp_path_factory) -> Path:
    """The working directory of a run of all stages."""
    folder = tmp_path_factory.mktemp("foreign")
    wavs = {
        name: sorted((smoke_workdir / "data/music" / name / "wav").glob("*.wav"))
        for name in ("train", "test")
    }
    for place, path in {
        "train/one.wav": wavs["train"][0],
        "dev/two.wav": wavs["train"][1],
        "test/three.wav": wavs["test"][0],
        "test/rock/four.wav": wavs["test"][1],
    }.items():
        (folder / "music" / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / "music" / place).symlink_to(path)
    recipe = folder / "foreign.yaml"
    recipe.write_text(RECIPE.format(conf=ROOT / "conf", music=folder / "music"))
    workdir = folder / "work"
    command = ["./run.sh", "--config", str(recipe), "--workdir", str(workdir), "--nj", "2"]
    environment = os.environ | {"MUSASR_PYTHON": sys.executable, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr
    return workdir


def results_of(workdir: Path) -> dict[str, dict]:
    entries = json.loads((workdir / "results" / "results.json").read_text())["systems"]
    names = ("none+mixture", "none+asked", "bsrnn+mixture:both", "bsrnn+asked:none", "time+none")
    keys = [tuple(entry[key] for key in ("front_end", "back_end", "fine_tune")) for entry in entries]
    spelt = ["+".join(key[:2]) + (f":{key[2]}" if "none" not in key[:2] else "") for key in keys]
    assert sorted(spelt) == sorted(names)
    return dict(zip(spelt, entries, strict=True))


def test_conditions_are_those_of_the_configuration(foreign):
    conditions = [
        (one["genre"], one["snr_db"]) for one in results_of(foreign)["bsrnn+mixture:both"]["results"]
    ]
    assert conditions == [(None, None), (None, 10), (None, 0), ("rock", 10), ("rock", 0)]
    plan = (foreign / "data/test/plan.tsv").read_text().splitlines()[1:]
    assert {line.split("\t")[0] for line in plan} == {"anime_10", "anime_0", "rock_10", "rock_0"}


def test_each_system_has_what_it_can_have(foreign):
    systems = results_of(foreign)
    for name, has_words, has_sdr in (
        ("none+asked", True, False),
        ("bsrnn+asked:none", True, True),
        ("bsrnn+mixture:both", True, True),
        ("time+none", False, True),
    ):
        noisy = systems[name]["results"][1]
        assert (noisy["wer"] is not None) == has_words, name
        assert (noisy["sdr"] is not None) == has_sdr, name
    assert systems["none+asked"]["train_seconds"] == 0.0
    text = (foreign / "exp/none+asked/decode/clean/text").read_text()
    assert any(word.startswith("z") for word in text.split())


def test_the_tables_have_the_rows_the_columns_and_empty_cells(foreign):
    one = (foreign / "results" / "table1.md").read_text()
    two = (foreign / "results" / "table2.md").read_text()
    assert "| system | | clean | 10 dB | 0 dB | avg | change % | SDR 10 dB | SDR 0 dB |" in one
    lines = one.splitlines()
    row = next(index for index, line in enumerate(lines) if line.startswith("| bsrnn+mixture:both"))
    assert lines[row + 1] == "| | paper | - | - | - | - | - | - | - |"
    assert "| bsrnn+mixture:both, rock | ours |" in two
    assert (foreign / "results" / "report.html").stat().st_size > 10_000
