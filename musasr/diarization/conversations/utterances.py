"""What the speakers of each set say, as Kaldi data dirs: for networks of voices, and for conversations."""

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from musasr import audio, kaldi
from musasr.atomic import write_text
from musasr.corpora.files import check_ours, is_whole_wav
from musasr.diarization.conversations.speakers import Speaker, say, speakers_of
from musasr.parallel import map_in_order

OUR_NAMES = re.compile(r"[a-z0-9]+_\d{4}-[0-9a-f]{8}\.wav")


@dataclass(frozen=True)
class Task:
    """One utterance: everything that its samples depend on."""

    speaker: Speaker
    index: int
    sampling_rate: int
    seed: int

    @property
    def utterance_id(self) -> str:
        """Begins with the speaker."""
        return f"{self.speaker.speaker_id}_{self.index:04d}"

    @property
    def file_name(self) -> str:
        """Tells utterances of other settings apart."""
        fingerprint = hashlib.sha256(repr(self).encode()).hexdigest()[:8]
        return f"{self.utterance_id}-{fingerprint}.wav"


def write_utterances(
    output: Path,
    *,
    speakers: Mapping[str, int],
    utterances: Mapping[str, int],
    sampling_rate: int,
    seed: int,
    num_jobs: int,
) -> None:
    """Write the data dirs output/SET, the same for any num_jobs; wavs of an earlier run are kept.

    Args:
        output: Their folder.
        speakers: Set name -> number of speakers; none is in two sets.
        utterances: Set name -> utterances of each of them.
        sampling_rate: Hz.
        seed: Of voices, words and manner.
        num_jobs: Processes.

    Raises:
        StateError: A wav stands there that it did not make.
    """
    for name in speakers:
        check_ours(output / name / "wav", OUR_NAMES)
    for name, ones in speakers_of(speakers, seed=seed).items():
        tasks = [
            Task(speaker, index, sampling_rate, seed) for speaker in ones for index in range(utterances[name])
        ]
        _write_set(output / name, tasks, num_jobs)


def _write_set(directory: Path, tasks: list[Task], num_jobs: int) -> None:
    from tqdm import tqdm

    folder = directory / "wav"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {task.file_name for task in tasks}
    for path in folder.glob("*.wav"):
        if path.name not in wanted:
            path.unlink()
    work = functools.partial(_make, folder=folder)
    utterances = []
    with tqdm(total=len(tasks), desc=f"voices {directory.name}", unit="utt") as bar:
        for made in map_in_order(work, tasks, num_jobs=num_jobs):
            utterances.append(made)
            bar.update()
    kaldi.write_speech_dir(directory, sorted(utterances, key=lambda one: one.utterance_id))


def _make(task: Task, *, folder: Path) -> kaldi.Utterance:
    """The utterance, its wav made where it is not there whole; its text stands beside it."""
    path = folder / task.file_name
    text_path = path.with_suffix(".txt")
    if not (is_whole_wav(path) and text_path.is_file()):
        text, samples = say(task.speaker, task.index, sampling_rate=task.sampling_rate, seed=task.seed)
        write_text(text_path, text)
        audio.write(path, samples, task.sampling_rate)
    text = text_path.read_text(encoding="utf-8")
    samples = audio.info(path).num_samples
    return kaldi.Utterance(task.utterance_id, task.speaker.speaker_id, text, path, samples)
