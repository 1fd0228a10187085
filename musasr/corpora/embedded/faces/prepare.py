"""The embedded corpus of talking heads: sentences of the embedded speech, each a film of its speaker."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.corpora.embedded.faces.films import Task, make_film
from musasr.corpora.embedded.speech.planning import Style, plan
from musasr.corpora.talking.clips import Clip, write_clips
from musasr.parallel import map_in_order

# How utterances of a speaker differ from each other, as in conf/mini.yaml; a film has no noise of its own.
FILLER_RATE, SPEED_VARIATION, PITCH_VARIATION = 0.1, 0.1, 1.0
LEVEL_DB, LEVEL_VARIATION, NOISE_DB, SILENCE = -26.0, 2.0, -70.0, (0.1, 0.3)
FILMS = "films"
SCRIPT = "kana"  # of the texts, as conf/mini.yaml has it


def prepare(
    output: Path,
    *,
    hours: Mapping[str, float],
    speakers: Mapping[str, int],
    size: int,
    sampling_rate: int,
    pictures_per_second: int,
    seed: int,
    num_jobs: int,
) -> dict[str, list[Clip]]:
    """Make output/{set}/films and output/{set}/clips.tsv, the same for any number of processes.

    Args:
        output: The folder of the sets; films that are there already are kept.
        hours: Set -> hours of film.
        speakers: Set -> number of speakers; none is in two sets.
        size: Pixels of a picture's sides.
        sampling_rate: Hz.
        pictures_per_second: As it says.
        seed: Decides every draw.
        num_jobs: Processes.

    Returns:
        The clips of each set.

    Raises:
        ConfigError: There are not enough different sentences.
    """
    style = Style(FILLER_RATE, SPEED_VARIATION, PITCH_VARIATION, LEVEL_DB, LEVEL_VARIATION, NOISE_DB, SILENCE)
    made = {}
    plans = plan(dict(hours), dict(speakers), style, sampling_rate, seed)
    for name, set_plan in plans.items():
        tasks = [Task(line, size, pictures_per_second, seed) for line in set_plan.lines]
        _produce(output / name / FILMS, tasks, num_jobs, name)
        texts = [sentence.text(SCRIPT) for sentence in set_plan.sentences]
        made[name] = [
            Clip(
                one.line.utterance_id,
                one.line.voice.speaker_id,
                output / name / FILMS / one.name,
                text=text,
            )
            for one, text in zip(tasks, texts, strict=True)
        ]
        write_clips(output / name, made[name])
    return made


def _produce(folder: Path, tasks: list[Task], num_jobs: int, name: str) -> None:
    """Make the films that are missing, and remove those of earlier plans."""
    from tqdm import tqdm

    folder.mkdir(parents=True, exist_ok=True)
    wanted = {task.name for task in tasks}
    for path in folder.glob("*.mp4"):
        if path.name not in wanted:
            path.unlink()
    missing = [(task, folder / task.name) for task in tasks if not (folder / task.name).is_file()]
    with tqdm(total=len(tasks), initial=len(tasks) - len(missing), desc=f"{name} films", unit="film") as bar:
        for _ in map_in_order(_make, missing, num_jobs=min(num_jobs, len(missing)), batch=4):
            bar.update()


def _make(job: tuple[Task, Path]) -> dict[str, Any] | None:
    make_film(*job)
    return None
