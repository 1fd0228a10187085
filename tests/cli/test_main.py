import json
import os
import subprocess
import sys

import numpy as np
import pytest

from musasr import audio
from musasr.cli.main import SPINS, SUBCOMMANDS, main
from musasr.recipe.config import CONF


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_help(name, capsys):
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert f"musasr {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_is_quick(name, run_python):
    """It is asked under a second. On a shared machine a time says little: what takes long is an import."""
    code = f"""
import sys
from musasr.cli.main import main
try:
    main([{name!r}, "--help"])
except SystemExit:
    heavy = ("torch", "numpy", "scipy", "espnet2", "lightning", "matplotlib", "soundfile", "musasr.corpora")
    print("loaded:", sorted(module for module in heavy if module in sys.modules))
"""
    assert run_python(code).endswith("loaded: []")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["train", "joint", "--config", "none.yaml"],
            "none.yaml: no such configuration file; check the path",
        ),
        (["train", "joint", "--systems", "time+mixtur:both"], "did you mean 'time+mixture:both'"),
        (["train", "separators", "--set", "sede=1"], "unknown key 'sede'; did you mean 'seed'"),
        (["train", "joint"], "needs time, which is not trained; run musasr train separators"),
        (["recognize"], "is not trained; run musasr train separators recognizers joint"),
        (["prepare", "units"], "is not prepared; run musasr prepare speech"),
        (["prepare", "speech", "--part", "4", "--num_parts", "3"], "--part: 4 is no part of 3; give 0 to"),
        (
            ["prepare", "units", "--part", "1", "--num_parts", "2"],
            "units are made in one piece; leave it out",
        ),
        (
            ["recognize", "--part", "0", "--num_parts", "2"],
            "is not trained; run musasr train separators recognizers joint",
        ),
        (["recognize", "--num_parts", "2"], "is not trained; run musasr train separators recognizers joint"),
        (["report"], "is not trained; run musasr train separators recognizers joint"),
    ],
)
def test_a_mistake_is_one_line_with_the_mend(arguments, message, tmp_path, capsys):
    if "--config" not in arguments:
        arguments = [*arguments, "--config", str(CONF / "smoke.yaml")]
    if "--systems" not in arguments and arguments[0] in ("train", "recognize", "report"):
        arguments = [*arguments, "--systems", "time+mixture:both"]
    assert main([*arguments, "--workdir", str(tmp_path)]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert said[0].startswith("musasr: error: ")
    assert message in said[0]


def test_mix_and_score_two_files(tmp_path, capsys):
    random = np.random.default_rng(0)
    for name, seconds in (("speech", 2), ("music", 1)):
        samples = (0.1 * random.standard_normal(8000 * seconds)).astype(np.float32)
        audio.write(tmp_path / f"{name}.wav", samples, 8000)
    out = tmp_path / "out"
    files = ("--speech", str(tmp_path / "speech.wav"), "--music", str(tmp_path / "music.wav"))
    assert main(["mix", *files, "--snr_db", "-4", "--output", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["snr_db"] == pytest.approx(-4, abs=0.01)
    pair = ("--reference", str(out / "speech.wav"), "--estimate", str(out / "mixture.wav"))
    assert main(["score", *pair, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["si_sdr"] == pytest.approx(-4, abs=0.5)


def test_score_text_by_hand(tmp_path, capsys):
    (tmp_path / "ref").write_text("a the cat sat\nb on mats\n")
    (tmp_path / "hyp").write_text("a the hat sat\nb\n")
    arguments = ["--reference", str(tmp_path / "ref"), "--hypothesis", str(tmp_path / "hyp"), "--json"]
    assert main(["score", *arguments]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["wer"], scores["substitutions"], scores["deletions"]) == (60.0, 1, 2)


def test_score_compares_japanese_of_two_writers_by_its_sound(tmp_path, capsys):
    (tmp_path / "ref").write_text("a センシュウ ノ ヨーロッパ デ ワ\n")
    (tmp_path / "hyp").write_text("a 先週のヨーロッパでは、\n")
    arguments = ["--reference", str(tmp_path / "ref"), "--hypothesis", str(tmp_path / "hyp"), "--json"]
    assert main(["score", *arguments, "--language", "ja"]) == 0
    assert json.loads(capsys.readouterr().out) == {"wer": None, "cer": 0.0, "num_characters": 13}
    assert main(["score", *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["cer"] > 50


def test_score_counts_what_is_recognised_under_music_alone(tmp_path, capsys):
    (tmp_path / "ref").write_text("a the cat sat\nb\n")
    (tmp_path / "hyp").write_text("a the cat sat\nb la la\n")
    arguments = ["--reference", str(tmp_path / "ref"), "--hypothesis", str(tmp_path / "hyp"), "--json"]
    assert main(["score", *arguments]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["wer"], scores["insertions"], scores["num_words"]) == (66.67, 2, 3)
    (tmp_path / "ref").write_text("a\nb\n")
    assert main(["score", *arguments]) == 1
    assert "no reference holds a word, so the 5 that were inserted" in capsys.readouterr().err


def test_score_wants_one_thing(tmp_path, capsys):
    assert main(["score", "--reference", "a"]) == 1
    assert "needs one of --hypothesis and --estimate" in capsys.readouterr().err


def test_a_closed_pipe_is_no_traceback(tmp_path):
    (tmp_path / "ref").write_text("a the cat\n")
    score = f"{sys.executable} -m musasr score --reference {tmp_path}/ref --hypothesis {tmp_path}/ref"
    done = subprocess.run(["bash", "-c", f"{score} | true"], capture_output=True, text=True)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, SPINS), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, None)],
)
def test_threads_leave_a_core_to_others_unless_the_user_says_how_they_wait(monkeypatch, given, expected):
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "")  # so that what is set below is undone
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert os.environ.get("GOMP_SPINCOUNT") == expected
