"""What is diarised: conversations, the same with music under them, and the same again after a separator."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from musasr import audio, kaldi
from musasr.corpora.conversation_dir import WAV, Conversation, read_conversations
from musasr.diarization.conversations.prepare import write_set
from musasr.diarization.conversations.utterances import write_utterances
from musasr.mixing.draw import MusicLibrary, generator
from musasr.mixing.dynamic import mix
from musasr.mixing.gain import peak_scale
from musasr.parallel import map_in_order
from musasr.preparation import prepare_corpus
from musasr.recipe import done_marks
from musasr.recipe.system_run import SystemRun

CONVERSATIONS = ("train", "dev", "test")
UNDER_MUSIC = ("dev", "test")
SHARED = ("seed", "sampling_rate")
CROSSFADE_SECONDS = 0.1


def prepare_all(run: SystemRun) -> None:
    """Voices, conversations and music, and these two mixed.

    Raises:
        StateError: What is there was made with other settings.
    """
    _prepare_voices(run)
    for name in CONVERSATIONS:
        _prepare_conversations(run, name)
    prepare_corpus("music", run.config, music_dir(run), num_jobs=run.asked.nj)
    for name, snr_db in product(UNDER_MUSIC, run.config["under_music"]["snrs_db"]):
        _prepare_under_music(run, name, snr_db)


def voices_dir(run: SystemRun, name: str) -> Path:
    """The data dir of a set's voices."""
    return run.workdir.data / "voices" / name


def music_dir(run: SystemRun) -> Path:
    """The music corpus."""
    return run.workdir.data / "music"


def library(run: SystemRun, name: str) -> MusicLibrary:
    """The music of a set, to draw from."""
    return _library(music_dir(run) / name, run.config["sampling_rate"])


def conversations(run: SystemRun, name: str) -> list[Conversation]:
    """The conversations ``train``, ``dev`` or ``test``."""
    return read_conversations(run.workdir.data / "conversations" / name)


def under_music(run: SystemRun, name: str, snr_db: float) -> list[Conversation]:
    """The conversations ``dev`` or ``test`` with music of that set under them."""
    return _heard_in(_under_music_dir(run, name, snr_db) / WAV, conversations(run, name))


def separated(run: SystemRun, name: str, snr_db: float) -> list[Conversation]:
    """The speech that the asked separator finds in `under_music`; made where it is not there."""
    from musasr.api import load

    separator = Path(run.config["under_music"]["separator"])
    folder = run.workdir.root / "separated" / name / f"snr_{snr_db:g}"
    settings = {"separator": str(separator.resolve()), **_settings_under_music(run, name, snr_db)}
    mixtures = under_music(run, name, snr_db)
    if not done_marks.is_done(folder, settings):
        system = load(separator)
        for one in mixtures:
            samples, rate = audio.read(one.path)
            speech = system.separate(samples, rate)["speech"]
            (folder / WAV).mkdir(parents=True, exist_ok=True)
            audio.write(folder / WAV / one.path.name, speech * np.float32(peak_scale(speech)), rate)
        done_marks.mark_done(folder, settings)
    return _heard_in(folder / WAV, mixtures)


def _prepare_voices(run: SystemRun) -> None:
    folder = run.workdir.data / "voices"
    settings = {key: run.config[key] for key in ("voices", *SHARED)}

    def work() -> None:
        common = {key: run.config[key] for key in SHARED}
        write_utterances(folder, **run.config["voices"], **common, num_jobs=run.asked.nj)

    _once(folder, settings, work)


def _prepare_conversations(run: SystemRun, name: str) -> None:
    folder = run.workdir.data / "conversations" / name
    of_all = run.config["conversations"]

    def work() -> None:
        write_set(
            folder,
            voices_dir(run, name),
            number=of_all["number"][name],
            num_jobs=run.asked.nj,
            **{key: of_all[key] for key in ("manners", "rooms", "noise_db")},
            **{key: run.config[key] for key in SHARED},
        )

    _once(folder, _of_set(run, name), work)


def _prepare_under_music(run: SystemRun, name: str, snr_db: float) -> None:
    folder = _under_music_dir(run, name, snr_db)

    def work() -> None:
        (folder / WAV).mkdir(parents=True, exist_ok=True)
        make = functools.partial(
            _mix_one,
            folder=folder / WAV,
            music=music_dir(run) / name,
            snr_db=snr_db,
            seed=run.config["seed"],
        )
        list(map_in_order(make, conversations(run, name), num_jobs=run.asked.nj))

    _once(folder, _settings_under_music(run, name, snr_db), work)


def _mix_one(one: Conversation, *, folder: Path, music: Path, snr_db: float, seed: int) -> None:
    """Write a conversation with music under it: the SNR is that of the whole conversation."""
    speech, rate = audio.read(one.path)
    _, _, drawn = _library(music, rate).draw(
        generator(seed, "under music", one.recording_id, snr_db), num_samples=len(speech)
    )
    mixture = mix(speech=speech, music=drawn, snr_db=snr_db).mixture
    audio.write(folder / one.path.name, mixture, rate)


def _library(directory: Path, rate: int) -> MusicLibrary:
    pieces = kaldi.read_music_dir(directory)
    return MusicLibrary(pieces, sampling_rate=rate, crossfade_seconds=CROSSFADE_SECONDS)


def _settings_under_music(run: SystemRun, name: str, snr_db: float) -> dict:
    return {**_of_set(run, name), "music": run.config["music"], "snr_db": snr_db}


def _of_set(run: SystemRun, name: str) -> dict:
    """All that a set's conversations depend on."""
    of_all = run.config["conversations"]
    return {
        "conversations": {**of_all, "number": of_all["number"][name]},
        **{key: run.config[key] for key in ("voices", *SHARED)},
    }


def _under_music_dir(run: SystemRun, name: str, snr_db: float) -> Path:
    return run.workdir.data / "under_music" / name / f"snr_{snr_db:g}"


def _heard_in(folder: Path, ones: Sequence[Conversation]) -> list[Conversation]:
    return [replace(one, path=folder / one.path.name) for one in ones]


def _once(folder: Path, settings: dict, work: Callable[[], None]) -> None:
    if done_marks.is_done(folder, settings):
        print(f"{folder}: done already")
        return
    work()
    done_marks.mark_done(folder, settings)
