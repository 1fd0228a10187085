"""The audio of planned lines: made in several processes, kept from an earlier run with the same plan."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from musasr import audio
from musasr.atomic import write_text
from musasr.corpora.embedded.speech.synthesis import Line, synthesise
from musasr.corpora.files import is_whole_wav
from musasr.errors import StateError
from musasr.parallel import WHOLE, JobPart, map_in_order

BATCH = 16
# Part of every plan file: raise it when the same plan row would give other samples.
HEADER = json.dumps({"synthesis_version": 1})
OUR_NAMES = re.compile(r"\w+_\d{6}\.wav")
Task = tuple[Line, Path]


def register(directory: Path, lines: Sequence[Line], part: JobPart = WHOLE) -> list[Task]:
    """Write directory/plan.jsonl; return each line with the path of its wav.

    Wavs made for another row are removed before the new plan is there, so that a wav beside a plan is always
    the plan's, wherever a run was killed. A part finds all that done.

    Raises:
        StateError: A part is run before part 0 was.
    """
    rows = [json.dumps(asdict(line), ensure_ascii=False) for line in lines]
    paths = [directory / "wav" / f"{line.utterance_id}.wav" for line in lines]
    path, text = directory / "plan.jsonl", "\n".join([HEADER, *rows]) + "\n"
    if part.makes_ready:
        _discard_outdated(directory, dict(zip(paths, rows, strict=True)))
        write_text(path, text)
    elif not (path.is_file() and path.read_text(encoding="utf-8") == text):
        raise StateError("was not made ready for this part", where=directory, mend="run part 0 before it")
    return list(zip(lines, paths, strict=True))


def _discard_outdated(directory: Path, wanted: dict[Path, str]) -> None:
    plan_path = directory / "plan.jsonl"
    header, *rows = _lines(plan_path)
    kept = set()
    if (
        header == HEADER
    ):  # rows are compared as they were written: what a cut or garbled one names is made again
        known = set(rows)
        kept = {path for path, row in wanted.items() if row in known}
    # One of ours that no plan names could be any line's, so it goes too; so does what a killed run left.
    for path in (directory / "wav").glob("*.wav"):
        if path not in kept:
            path.unlink()


def _lines(path: Path) -> list[str]:
    """The lines of a plan; a broken or absent one has none."""
    if not path.is_file():
        return [""]
    return path.read_text(encoding="utf-8", errors="replace").split("\n")


def produce(tasks: Sequence[Task], num_jobs: int, part: JobPart = WHOLE) -> None:
    """Make the wavs that are not there yet, with a progress bar.

    Args:
        tasks: Lines and paths.
        num_jobs: Processes.
        part: Which of them this job makes.
    """
    from tqdm import tqdm

    tasks = list(part.of(tasks))
    missing = [task for task in tasks if not is_whole_wav(task[1])]
    batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
    with tqdm(total=len(tasks), initial=len(tasks) - len(missing), desc="speech", unit="utt") as bar:
        for count in map_in_order(write_batch, batches, num_jobs=min(num_jobs, len(batches))):
            bar.update(count)


def write_batch(batch: Sequence[Task]) -> int:
    """Make some wavs; return how many."""
    for line, path in batch:
        audio.write(path, synthesise(line), line.sampling_rate)
    return len(batch)
