"""The embedded conversations as folders of wavs with RTTM and UEM."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musasr import audio, kaldi
from musasr.corpora.conversation_dir import WAV, Conversation, write_conversations
from musasr.corpora.files import check_ours
from musasr.diarization.conversations.script import write_script
from musasr.diarization.conversations.sound import sound_of
from musasr.mixing.rooms import Rooms
from musasr.parallel import map_in_order

OUR_NAMES = re.compile(r"[a-z]+-\d{3}\.wav")


@dataclass(frozen=True)
class Stage:
    """What the conversations of a set share: voices, manners, rooms."""

    set_name: str
    voices: Mapping[str, list[kaldi.Utterance]]
    manners: Mapping[str, Any]
    rooms: Mapping[str, Any] | None
    noise_db: float
    sampling_rate: int
    seed: int

    def make(self, number: int, *, folder: Path) -> Conversation:
        """The conversation with this number, its wav written."""
        key = (self.seed, "conversations", self.set_name, number)
        said = write_script(key, self.voices, sampling_rate=self.sampling_rate, **self.manners)
        rooms = None if self.rooms is None else Rooms(seed=self.seed, name=self.set_name, **self.rooms)
        samples, turns = sound_of(
            said, key=key, rooms=rooms, noise_db=self.noise_db, sampling_rate=self.sampling_rate
        )
        name = f"{self.set_name}-{number:03d}"
        path = folder / f"{name}.wav"
        audio.write(path, samples, self.sampling_rate)
        return Conversation(name, path, tuple(turns))


def write_set(
    directory: Path,
    utterances: Path,
    *,
    number: int,
    manners: Mapping[str, Any],
    rooms: Mapping[str, Any] | None,
    noise_db: float,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
) -> None:
    """Write directory/{wav,ref.rttm,all.uem}, the same for any num_jobs.

    Args:
        directory: The folder; its name is the set's.
        utterances: Data dir of what the set's speakers say.
        number: Conversations.
        manners: Arguments of `script.write_script`.
        rooms: Arguments of `musasr.mixing.rooms.Rooms`; None: dry.
        noise_db: White noise, dB re full scale.
        sampling_rate: Hz.
        seed: Of every draw.
        num_jobs: Processes.

    Raises:
        StateError: A wav stands there that it did not make.
    """
    from tqdm import tqdm

    folder = directory / WAV
    check_ours(folder, OUR_NAMES)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.wav"):
        path.unlink()
    voices: dict[str, list[kaldi.Utterance]] = {}
    for one in kaldi.read_utterances(utterances):
        voices.setdefault(one.speaker_id, []).append(one)
    stage = Stage(directory.name, voices, manners, rooms, noise_db, sampling_rate, seed)
    made = []
    with tqdm(total=number, desc=f"conversations {directory.name}", unit="conversation") as bar:
        for one in map_in_order(
            functools.partial(stage.make, folder=folder), range(number), num_jobs=num_jobs
        ):
            made.append(one)
            bar.update()
    write_conversations(directory, made)
