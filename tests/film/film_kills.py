"""Kills a film's making, transcription and scoring again and again, and says where what is left differs.

    python film_kills.py FOLDER NUM_KILLS SEED

Half of the kills come at a random moment, half before or after a rename. It imports once, and forks for each;
a command that copies the truth, slowly, stands for `musasr transcribe`.
"""

import json
import os
import random
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from file_limits import leftovers
from killing import kill_family
from runs import make_run, mark_trained
from test_making import QUICK

from musasr import atomic
from musasr.cli.main import main
from musasr.film import transcribing
from musasr.film.making import FilmFolder
from musasr.kaldi import write_table
from musasr.recipe import done_marks
from musasr.recipe.config import CONF

SPOKEN = (*QUICK, "film.snrs_db=[null]", "film.interludes=[silence]")  # music takes ten seconds to parse
COPY = """
import sys, time
from pathlib import Path
truth, copy = Path(sys.argv[1]).read_bytes(), open(sys.argv[2], "wb", buffering=0)
for byte in range(0, len(truth), 500):
    copy.write(truth[byte : byte + 500])
    time.sleep(0.02)
"""
POINTS = ("before a rename", "after a rename")
NUM_RENAMES = 8
SHARED = ("film.mp4", "truth.json", "spans.json", "none+clean/film.json")


def live(workdir, point=None, number=0):
    """One life of a film: to its end, or to a point at the n-th rename."""
    if point is not None:
        _die_at(point, number)
    run = mark_trained(make_run(workdir, "smoke", *SPOKEN, systems="none+clean"))
    for name in ("train", "dev", "test"):
        write_table(run.workdir.speech(name) / "text", {"a": "ア ノ ヒト ガ キタ"})
    done_marks.mark_done(run.workdir.speech(), {})
    words = ["film", "make", "transcribe", "score", "--config", str(CONF / "smoke.yaml")]
    words += ["--workdir", str(workdir), "--systems", "none+clean", "--nj", "1"]
    words += [word for setting in SPOKEN for word in ("--set", setting)]
    with (workdir / "log").open("a") as log, redirect_stdout(log), redirect_stderr(log):
        if status := main(words):
            raise SystemExit(status)


def _copy_command(film, model, output, **_):
    return [sys.executable, "-I", "-S", "-c", COPY, str(film.with_name("truth.json")), f"{output}/film.json"]


def _die_at(point, number):
    """Let this process kill itself at its n-th rename below the film's folder."""
    count, rename = iter(range(number, -1, -1)), os.replace

    def dying_rename(source, target):
        is_it = "/film/" in str(target) and next(count, None) == 0
        if is_it and point == "before a rename":
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)

    atomic.os.replace = dying_rename


def start(*arguments):
    """A life in a process of its own."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            live(*arguments)
            status = 0
        except BaseException as error:
            print(f"film_kills: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    return child


def end(child):
    """How a life ended: its exit status, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(workdir, draw, usual_seconds):
    """A life that is killed, if it does not end before that."""
    if draw.random() < 0.5:
        child = start(workdir)
        time.sleep(draw.uniform(0.02, 1.0) * usual_seconds)
        kill_family(child)
    else:
        child = start(workdir, draw.choice(POINTS), draw.randrange(NUM_RENAMES))
    status = end(child)
    assert status in (0, -signal.SIGKILL), (workdir, status)


def told(workdir):
    """What each file of a finished film says, what it took aside."""
    film = FilmFolder(workdir / "film")
    content = {name: (film.root / name).read_bytes() for name in SHARED}
    figures = json.loads((film.root / "results.json").read_text())
    for system in figures["systems"]:
        assert system.pop("took").keys() >= {"seconds", "peak_mib"}
    return content | {"results.json": figures, "leftovers": leftovers(film.root)}


def kill_often(folder, num_kills, seed):
    """Kill as often as asked, over as many films as that takes."""
    draw, kills, films = random.Random(seed), 0, 0
    transcribing.transcribe_command = _copy_command
    (folder / "whole").mkdir(parents=True)
    live(folder / "whole")  # in this process: what it loads, the others find loaded
    started = time.monotonic()
    (folder / "again").mkdir()
    assert end(start(folder / "again")) == 0
    usual_seconds, whole = time.monotonic() - started, told(folder / "whole")
    assert whole["results.json"]["systems"][0]["wer"] == 0
    while kills < num_kills:
        films += 1
        workdir = folder / f"killed{films}"
        workdir.mkdir()
        for _ in range(min(draw.randint(2, 6), num_kills - kills)):
            kill(workdir, draw, usual_seconds)
            kills += 1
        assert end(start(workdir)) == 0, (workdir / "log").read_text()
        here = told(workdir)
        if found := [name for name in whole if here[name] != whole[name]]:
            sys.exit(f"{workdir}: {found}")
    print(f"{kills} kills of {films} films, 0 differences")


if __name__ == "__main__":
    kill_often(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
