"""run.sh, its stages and its trainings on a real Slurm."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from clusters import LAUNCHERS, ROOT, Cluster, wait_for
from script_folder import ScriptFolder, is_running, parts_of


class SlurmShop(ScriptFolder):
    """Stage scripts with a Python that only writes down what it is asked, launched through Slurm."""

    def __init__(self, cluster: Cluster):
        super().__init__(cluster.folder)
        self.environment |= cluster.environment | {"MUSASR_PYTHON": self.environment["MUSASR_PYTHON"]}
        self.options = ["--config", "own.yaml", "--workdir", "w", "--nj", "2"]
        self.options += ["--cmd", f"{LAUNCHERS['slurm.pl']} --config {ROOT}/conf/slurm.conf --time 10"]


def test_stages_through_slurm(cluster):
    folder = SlurmShop(cluster)
    result = folder.run("run.sh", *folder.options, "--stage", "3", "--stop_stage", "6", "--set", "a=日本 語")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("did the work") == 4
    assert [call[:2] for call in folder.calls()][0::3] == [["prepare", "units"], ["train", "joint"]]
    assert all("a=日本 語" in call for call in folder.calls())
    assert "# Running on " in (folder.path / "w/log/stage3.log").read_text()
    # Trainings are jobs of their own: what starts them and waits for them is none.
    assert all(("--launcher" in call) == (call[0] == "train") for call in folder.calls())
    assert "# Running on " not in (folder.path / "w/log/stage4.log").read_text()


def test_parts_through_slurm(cluster):
    folder = SlurmShop(cluster)
    options = [*folder.options, "--stage", "2", "--stop_stage", "2", "--num_parts", "3"]
    failed = folder.run("run.sh", *options, FAIL="--part 3")
    assert failed.returncode == 1
    assert "slurm.pl: task 3: exit code 2 on " in failed.stderr
    assert failed.stdout.count(" done, ") == 2
    assert sorted(parts_of(folder.calls())) == [(part, "3") for part in "0123"]
    result = folder.run("run.sh", *options)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-2].endswith(" done, 3 of 3")
    assert parts_of(folder.calls())[-1] == (None, "3")
    for part in "123":
        assert "# Running on " in (folder.path / f"w/log/stage2.{part}.log").read_text()


def test_a_failing_stage_through_slurm(cluster):
    folder = SlurmShop(cluster)
    result = folder.run("run.sh", *folder.options, "--stage", "3", FAIL="units")
    assert result.returncode == 1
    assert result.stderr.count("musasr: error: here: broken; mend it\n") == 1
    assert "slurm.pl: exit code 2 on " in result.stderr
    assert result.stderr.endswith("--stage 3\n")


def test_ctrl_c_on_run_sh_cancels_its_job(cluster):
    folder = SlurmShop(cluster)
    process = folder.start("run.sh", *folder.options, "--stage", "3", WAIT="units")
    pids = folder.wait_for_process()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=40)
    assert process.returncode == 130
    assert cluster.queue() == {}
    assert not any(is_running(pid) for pid in pids)
    assert errors.count("slurm.pl: cancelled job ") == 1
    assert "run.sh: stopped; go on with: " in errors


def test_a_preempted_training_saves_its_state_and_goes_on(cluster, smoke_workdir):
    """Slurm puts the job back into its queue; the driver sees a training that took longer."""
    workdir = cluster.folder / "w"
    workdir.mkdir()
    (workdir / "data").symlink_to(smoke_workdir / "data")
    command = [sys.executable, "-m", "musasr", "train", "recognizers", "--systems", "none+clean", "--nj", "1"]
    command += ["--config", "conf/smoke.yaml", "--workdir", workdir, "--set", "training.clean.max_epoch=40"]
    command += ["--launcher", f"{LAUNCHERS['slurm.pl']} --config conf/slurm.conf --mem 4G"]
    process = subprocess.Popen(
        list(map(str, command)), cwd=ROOT, env=cluster.environment, stderr=subprocess.PIPE, text=True
    )
    history = workdir / "exp/none+clean/history.jsonl"
    wait_for(history.exists, seconds=120)
    (job,) = cluster.queue()
    cluster.ask("sbatch", "-p", "urgent", "--exclusive", "-o", "/dev/null", "--wrap", "true")
    wait_for(lambda: cluster.queue().get(job) == "PENDING")
    time.sleep(2)  # a node takes no job again in the second in which it was taken away
    # Slurm itself would let it wait two minutes
    cluster.ask("scontrol", "update", f"jobid={job}", "starttime=now")
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "was put back into the queue by Slurm (restart 1)" in errors
    first = (workdir / "log/train.none+clean.log.1").read_text()
    again = (workdir / "log/train.none+clean.log").read_text()
    stop = re.search(r"none\+clean: stopped (?:in epoch (\d+) after batch (\d+)|after epoch (\d+))", first)
    assert stop, first
    place = f"in epoch {stop[1]} of 40 after batch {stop[2]}" if stop[1] else f"after epoch {stop[3]} of 40"
    assert f"none+clean: goes on {place}" in again
    assert [json.loads(line)["epoch"] for line in history.open()] == list(range(1, 41))


def figures(workdir: Path) -> list[tuple]:
    """All that a recipe's results say, save how long it took, to six digits: sums round as threads do."""
    text = (workdir / "results" / "results.json").read_text()
    systems = json.loads(text, parse_float=lambda number: f"{float(number):.6g}")["systems"]
    return [(s["front_end"], s["back_end"], s["fine_tune"], s["results"]) for s in systems]


def test_the_smoke_recipe_gives_the_same_figures(cluster, smoke_workdir, tmp_path):
    # A training that is a job has --nj threads, one of two side by side half of them: so 1 is the same as 2.
    command = ["./run.sh", "--config", "conf/smoke.yaml", "--nj", "1", "--workdir", str(tmp_path)]
    command += ["--cmd", "utils/slurm.pl --config conf/slurm.conf --mem 8G"]
    environment = cluster.environment | {"MUSASR_PYTHON": sys.executable}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert figures(tmp_path) == figures(smoke_workdir)
