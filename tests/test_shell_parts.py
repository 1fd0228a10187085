"""Stages in parts (--num_parts), through the shell."""

import os
import re
import signal
from pathlib import Path

import pytest
from script_folder import ScriptFolder, is_running, parts_of, value_of


@pytest.fixture
def folder(tmp_path):
    return ScriptFolder(tmp_path)


IN_THREE = ("--config", "own.yaml", "--workdir", "w", "--nj", "1", "--num_parts", "3")


@pytest.mark.parametrize(
    ("stage", "command"), [(1, "prepare speech"), (2, "prepare music"), (7, "recognize")]
)
def test_parts_stand_between_what_they_need_and_what_joins_them(folder, stage, command):
    log = folder.path / "w" / "log"
    log.mkdir(parents=True)
    (log / f"stage{stage}.9.log").write_text("of an earlier run of nine parts")
    result = folder.run("run.sh", *IN_THREE, "--stage", str(stage), "--stop_stage", str(stage))
    assert result.returncode == 0, result.stderr
    calls = folder.calls()
    assert {" ".join(call[: len(command.split())]) for call in calls} == {command}
    first, *middle, last = parts_of(calls)
    assert (first, last) == (("0", "3"), (None, "3"))
    assert sorted(middle) == [("1", "3"), ("2", "3"), ("3", "3")]
    names = ["0.", "1.", "2.", "3.", ""]
    assert sorted(path.name for path in log.iterdir()) == [f"stage{stage}.{name}log" for name in names]
    assert result.stdout.count("did the work") == 2
    done = re.findall(rf"^stage{stage}\.(\d) done, (\d) of 3$", result.stdout, re.MULTILINE)
    assert [sorted(numbers) for numbers in zip(*done, strict=True)] == [["1", "2", "3"]] * 2


def test_stages_that_are_not_split_have_no_parts(folder):
    assert folder.run("run.sh", *IN_THREE, "--stage", "8").returncode == 0
    assert parts_of(folder.calls()) == [(None, None)]


def test_a_failing_part_leaves_the_others_and_stops_the_stage(folder):
    result = folder.run("run.sh", *IN_THREE, "--stage", "2", FAIL="--part 2")
    assert result.returncode == 1
    assert sorted(parts_of(folder.calls())) == [(part, "3") for part in "0123"]
    assert "run.pl: task 2: exit code 2; " in result.stderr
    assert "  | musasr: error: here: broken; mend it\n" in result.stderr
    assert f"stage 2 failed (log: {folder.path}/w/log/stage2*.log)" in result.stderr
    assert result.stderr.endswith("--workdir w --nj 1 --num_parts 3 --stage 2\n")
    assert result.stdout.count(" done, ") == 2


def test_ctrl_c_stops_all_parts(folder):
    process = folder.start("run.sh", *IN_THREE, "--stage", "1", WAIT="prepare speech --part 1")
    pids = folder.wait_for_process()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not any(is_running(pid) for pid in pids)


def test_parts_get_a_launchers_array_and_only_they_get_gpus(folder):
    launcher = folder.path / "launch"
    launcher.write_text('#!/usr/bin/env bash\nprintf "%s\\n" call "$@" >>"$CALLS.launcher"\n')
    launcher.chmod(0o755)
    options = ("--config", "own.yaml", "--workdir", "w", "--num_parts", "4", "--nj", "3", "--ngpu", "1")
    result = folder.run("egs/mini/7_recognize.sh", *options, "--cmd", str(launcher))
    assert result.returncode == 0, result.stderr
    text = Path(f"{folder.calls_file}.launcher").read_text()
    calls = [call.splitlines() for call in text.split("call\n")[1:]]
    starts = [call[: call.index("-m") - 1] for call in calls]
    log = f"{folder.path}/w/log/stage7"
    assert starts == [
        ["--num-threads", "3", f"{log}.0.log"],
        ["--num-threads", "3", "--gpu", "1", "JOB=1:4", f"{log}.JOB.log"],
        ["--num-threads", "3", f"{log}.log"],
    ]
    assert value_of(calls[1], "--part") == "JOB"
