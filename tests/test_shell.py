"""run.sh and the stage scripts, through the shell, with a Python that only writes down what it is asked."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from script_folder import ScriptFolder, is_running, value_of

ROOT = Path(__file__).parents[1]
NASTY = "a b$(touch pwned)`touch pwned`'\"*;|&"


@pytest.fixture
def folder(tmp_path):
    return ScriptFolder(tmp_path)


def test_help_names_options_and_stages_at_once_without_installing(folder):
    started = time.monotonic()
    result = folder.run("run.sh", "--help")
    assert time.monotonic() - started < 1.0
    assert (result.returncode, folder.calls()) == (0, [])
    options = re.findall(r"^  --(\w+) ", result.stdout, re.MULTILINE)
    assert set(options) == {
        "recipe",
        "config",
        "workdir",
        "stage",
        "stop_stage",
        "nj",
        "num_parts",
        "ngpu",
        "num_processes",
        "num_nodes",
        "cmd",
        "music_conf",
        "systems",
        "set",
        "help",
    }
    assert re.findall(r"^  (\d)  \S", result.stdout, re.MULTILINE) == list("123456789")


def test_all_stages_run_in_order_with_the_options_handed_through(folder):
    results = folder.path / f"{NASTY} dir" / "results"
    results.mkdir(parents=True)
    (results / "results.json").touch()
    (results / "table1.md").touch()
    result = folder.run(
        "run.sh",
        "--config",
        "own.yaml",
        "--nj",
        "5",
        "--set",
        f"a.b={NASTY}",
        "--set",
        "c=1",
        "--workdir",
        f"{NASTY} dir",
        "--systems",
        "none+clean",
        "--music_conf",
        "own.yaml",
    )
    assert result.returncode == 0, result.stderr
    calls = folder.calls()
    commands = [" ".join(call[: call.index("--config")]) for call in calls]
    assert commands[:3] == ["prepare speech", "prepare music", "prepare units"]
    groups = ["separators recognizers joint", "recognizers joint", "joint"]
    assert commands[3:6] == [f"train {names}" for names in groups]
    assert commands[6:] == ["recognize", "report"]
    assert all("--systems" not in call for call in calls[:3])
    assert {value_of(call, "--systems") for call in calls[3:]} == {"none+clean"}
    for call in calls:
        assert value_of(call, "--config") == value_of(call, "--music_conf") == str(folder.path / "own.yaml")
        assert value_of(call, "--workdir") == str(folder.path / f"{NASTY} dir")
        assert [call[i + 1] for i, word in enumerate(call) if word == "--set"] == [f"a.b={NASTY}", "c=1"]
    assert {value_of(call, "--nj") for call in calls} == {"5"}
    assert not list(folder.path.rglob("pwned"))
    assert result.stdout.endswith(f"\nresults: {results} (results.json, table1.md)\n")
    logs = sorted(path.name for path in (folder.path / f"{NASTY} dir" / "log").iterdir())
    assert logs == [f"stage{n}.log" for n in range(1, 9)]


def test_a_stage_on_request_runs_only_where_it_is_asked_for(folder):
    options = ("--config", "own.yaml", "--workdir", "w", "--nj", "1")
    for asked, number in (((), 0), (("--stop_stage", "9"), 1), (("--stop_stage", "8"), 0)):
        folder.calls_file.unlink(missing_ok=True)
        assert folder.run("run.sh", *options, "--stage", "8", *asked).returncode == 0
        commands = [" ".join(call[: call.index("--config")]) for call in folder.calls()]
        assert commands == ["report", "film make transcribe score"][: 1 + number]
    folder.calls_file.unlink()
    alone = folder.run("run.sh", *options, "--stage", "9", "--systems", "none+clean")
    assert alone.returncode == 0, alone.stderr
    (call,) = folder.calls()
    assert call[:4] == ["film", "make", "transcribe", "score"]
    assert value_of(call, "--systems") == "none+clean"
    assert (folder.path / "w" / "log" / "stage9.log").is_file()
    folder.calls_file.unlink()
    assert folder.run("egs/mini/9_film.sh", *options).returncode == 0
    assert len(folder.calls()) == 1


def test_stage_range(folder):
    result = folder.run(
        "run.sh", "--config", "own.yaml", "--workdir", "w", "--stage", "2", "--stop_stage", "3"
    )
    assert result.returncode == 0
    assert [call[1] for call in folder.calls()] == ["music", "units"]
    assert "did the work" in result.stdout
    assert "# Started" not in result.stdout
    assert "results:" not in result.stdout


@pytest.mark.parametrize(
    ("first", "last", "groups"),
    [
        (3, 4, ["separators"]),
        (4, 5, ["separators recognizers", "recognizers"]),
        (5, 8, ["recognizers joint", "joint"]),
        (6, 6, ["joint"]),
    ],
)
def test_the_trainings_of_the_asked_stages_are_one_graph(folder, first, last, groups):
    options = ("--workdir", "w", "--stage", str(first), "--stop_stage", str(last))
    assert folder.run("run.sh", "--config", "own.yaml", *options).returncode == 0
    calls = [call for call in folder.calls() if call[0] == "train"]
    assert [" ".join(call[1 : call.index("--config")]) for call in calls] == groups


def test_a_stage_script_runs_alone_from_anywhere(folder):
    result = folder.run("egs/csj_anime/4_train_separators.sh", "--config", "own.yaml", "--workdir", "w")
    assert result.returncode == 0, result.stderr
    (call,) = folder.calls()
    assert call[:3] == ["train", "separators", "--config"]
    assert "--systems" not in call  # musasr takes the recipe's first list: headline
    assert value_of(call, "--workdir") == str(folder.path / "w")


def test_a_stage_script_outside_the_range_does_nothing(folder):
    result = folder.run(
        "egs/csj_anime/4_train_separators.sh", "--config", "own.yaml", "--stop_stage", "3", "--workdir", "w"
    )
    assert (result.returncode, folder.calls()) == (0, [])


def test_the_default_configuration_is_the_repositorys_wherever_the_user_stands(folder):
    config = ROOT / "conf" / "csj_anime.yaml"
    assert (
        folder.run(
            "run.sh", "--config", "conf/csj_anime.yaml", "--workdir", "w", "--stop_stage", "1"
        ).returncode
        == 0
    )
    assert value_of(folder.calls()[0], "--config") == str(config)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stge", "3"], "unknown option '--stge'; did you mean --stage?"),
        (["--stage=3"], "unknown option '--stage=3'; did you mean --stage?"),
        (["--systems"], "option --systems needs a value"),
        (["--stage", "--nj", "3"], "option --stage needs a value, not '--nj'"),
        (["stage"], "'stage' is no option"),
        (["--stage", "two"], "--stage wants a whole number from 1 to 9, not 'two'"),
        (["--stop_stage", "10"], "--stop_stage wants a whole number from 1 to 9, not '10'"),
        (["--stage", "a[$(touch pwned)]"], "--stage wants a whole number"),
        (["--stage", "5", "--stop_stage", "4"], "--stage 5 is after --stop_stage 4"),
        (["--nj", "0"], "--nj wants a whole number from 1"),
        (["--num_parts", "0"], "--num_parts wants a whole number from 1"),
        (["--num_parts", "2", "--set", "a=JOB"], "no path or value may hold the word JOB"),
        (["--num_processes", "0"], "--num_processes wants a whole number from 1"),
        (["--num_nodes", "2"], "--num_nodes 2: several machines need a cluster's launcher"),
        (["--ngpu", "-1"], "--ngpu wants a whole number from 0"),
        (["--config", "none.yaml"], "--config none.yaml: no such file"),
        (["--music_conf", "none.yaml"], "--music_conf none.yaml: no such file"),
        (["--set", "seed"], "--set wants key.path=value, not 'seed'"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(folder, arguments, message):
    result = folder.run("run.sh", *arguments)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("run.sh: error: ")
    assert message in result.stderr
    assert not list(folder.path.rglob("pwned"))


def test_a_failing_stage_ends_the_run_and_says_how_to_go_on(folder):
    result = folder.run("run.sh", "--config", "own.yaml", "--workdir", "w x", "--stage", "1", FAIL="music")
    assert result.returncode == 1
    assert [call[1] for call in folder.calls()] == ["speech", "music"]
    assert "musasr: error: here: broken; mend it\n" in result.stderr
    assert f"stage 2 failed (log: {folder.path}/w x/log/stage2.log)" in result.stderr
    assert result.stderr.endswith("run.sh --config own.yaml --workdir 'w x' --stage 2\n")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(("stage", "word"), [(3, "units"), (4, "train")])
def test_a_signal_stops_everything_and_says_how_to_go_on(folder, number, status, stage, word):
    process = folder.start(
        "run.sh", "--config", "own.yaml", "--workdir", "w", "--nj", "2", "--stage", str(stage), WAIT=word
    )
    pids = folder.wait_for_process()
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == status
    assert errors.rstrip().endswith(f"--config own.yaml --workdir w --nj 2 --stage {stage}")
    assert not any(is_running(pid) for pid in pids)


def test_a_suspended_stage_is_waited_for(folder):
    options = ("--config", "own.yaml", "--workdir", "w", "--stage", "3", "--stop_stage", "3")
    process = folder.start("run.sh", *options, WAIT="units")
    (pid,) = folder.wait_for_process()
    (stage,) = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
    os.killpg(stage, signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    os.killpg(stage, signal.SIGCONT)
    os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "stage 3 failed" in errors


def test_ctrl_c_stops_a_stage_script_run_alone(folder):
    process = folder.start(
        "egs/csj_anime/3_train_bpe.sh", "--config", "own.yaml", "--workdir", "w", WAIT="units"
    )
    (pid,) = folder.wait_for_process()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not is_running(pid)


OWN = ("--config", "own.yaml", "--workdir", "w")


def launcher_in(folder: ScriptFolder, *lines: str) -> Path:
    """A launcher of a site, which is none that musasr knows."""
    launcher = folder.path / "run.pl"
    launcher.write_text("\n".join(("#!/usr/bin/env bash", *lines, "")))
    launcher.chmod(0o755)
    return launcher


def test_another_launcher_gets_log_and_command(folder):
    launcher = launcher_in(folder, 'printf "%s\\n" "$@" >"$CALLS.launcher"')
    options = ("--nj", "3", "--ngpu", "2", "--cmd", f"{launcher} --mem 4G $(touch pwned)")
    result = folder.run("run.sh", *OWN, "--stage", "7", "--stop_stage", "7", *options)
    assert result.returncode == 0, result.stderr
    words = Path(f"{folder.calls_file}.launcher").read_text().splitlines()
    assert words[:8] == ["--mem", "4G", "$(touch", "pwned)", "--num-threads", "3", "--gpu", "2"]
    assert words[8] == str(folder.path / "w/log/stage7.log")
    assert words[10:14] == ["-m", "musasr", "recognize", "--config"]
    assert not list(folder.path.rglob("pwned"))


def test_another_launcher_gets_a_job_for_each_training(folder):
    """The command that waits for them is started here, and is told what starts them."""
    command = f"{launcher_in(folder, 'exit 1')} --mem 4G"
    options = (*OWN, "--stage", "4", "--stop_stage", "4", "--cmd", command)
    assert folder.run("run.sh", *options).returncode == 0
    (call,) = folder.calls()
    assert call[:4] == ["train", "separators", "--launcher", command]


def test_our_own_launcher_runs_trainings_as_processes_of_one_command(folder):
    options = (*OWN, "--stage", "4", "--stop_stage", "4", "--cmd", f"{ROOT}/utils/run.pl --max-jobs-run 2")
    assert folder.run("run.sh", *options).returncode == 0
    (call,) = folder.calls()
    assert "--launcher" not in call


def test_processes_and_machines_of_a_training_reach_the_trainings_alone(folder):
    launcher = launcher_in(folder, f'exec "{ROOT}/utils/run.pl" "$@"')
    options = ("--num_processes", "3", "--num_nodes", "2", "--cmd", str(launcher))
    result = folder.run("run.sh", *OWN, *options)
    assert result.returncode == 0, result.stderr
    calls = folder.calls()
    assert len(calls) == 8
    for call in calls:
        given = [call[call.index(word) :][:2] for word in ("--num_processes", "--num_nodes") if word in call]
        assert given == ([["--num_processes", "3"], ["--num_nodes", "2"]] if call[0] == "train" else [])


def test_a_training_is_told_no_processes_and_machines_where_none_are_given(folder):
    assert folder.run("run.sh", *OWN, "--stage", "4", "--stop_stage", "6").returncode == 0
    assert not {"--num_processes", "--num_nodes"} & {word for call in folder.calls() for word in call}
