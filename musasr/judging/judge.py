"""The same mixtures read in each way that `musasr transcribe --input` knows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from musasr.errors import DataError, memory_for
from musasr.judging.verdict import Verdict
from musasr.kaldi import Utterance
from musasr.metrics.spelling import scoring_spelling
from musasr.mixing.draw import MusicLibrary, generator
from musasr.mixing.dynamic import mix
from musasr.mixing.plan import read_speech
from musasr.recipe.transcription_keys import WAYS
from musasr.recognition.long_separation import separate_window
from musasr.recognizers.reader import Reading
from musasr.transcribe.hearing import RAW, Hearing, hearings_of, speech_and_music, surest
from musasr.transcribe.system import TranscriptionSystem

CLEAN, MUSIC_ALONE = "clean", "music alone"
CUT_SECONDS = 10.0  # of music alone


@dataclass(frozen=True)
class Trial:
    """What is read.

    Attributes:
        utterances: Of the speech.
        music: What plays under it.
        snrs_db: Of the mixtures; the speech without music comes besides.
        seed: What is drawn follows from it.
        language: How texts are compared: see `musasr.metrics.spelling.scoring_spelling`.
    """

    utterances: Sequence[Utterance]
    music: MusicLibrary
    snrs_db: Sequence[float]
    seed: int
    language: str | None


def judge(
    trial: Trial,
    system: TranscriptionSystem,
    settings: Mapping[str, Any],
    *,
    ways: Sequence[str] = WAYS,
    on_step: Callable[[], None] = lambda: None,
) -> Verdict:
    """Read the trial's mixtures raw, and in other ways that the system has.

    Args:
        trial: What is read.
        system: A recogniser, with or without a separator; what it hears otherwise plays no part.
        settings: The section ``input`` of a transcription's settings.
        ways: Of `musasr.recipe.transcription_keys.WAYS`; without a separator there is ``raw`` alone.
        on_step: Is called after each utterance, and after each cut of music alone, which are as many.

    Raises:
        DataError: There is no utterance, or its audio is of another rate or silent.
    """
    if not trial.utterances:
        raise DataError("there is no utterance", where="--speech", mend="name a data dir with speech")
    hearings = _hearings(system, settings, ways)
    hypotheses: dict[str, dict[str, dict[str, str]]] = {way: {} for way in hearings}
    for utterance in trial.utterances:
        for condition, mixture in _mixtures(trial, utterance, system.sampling_rate):
            for way, text in _read(mixture, system, hearings).items():
                spelt = scoring_spelling(text, trial.language)
                hypotheses[way].setdefault(condition, {})[utterance.utterance_id] = spelt
        on_step()
    references = {one.utterance_id: scoring_spelling(one.text, trial.language) for one in trial.utterances}
    invented = _read_music_alone(trial, system, hearings, on_step)
    speakers = {one.utterance_id: one.speaker_id for one in trial.utterances}
    return Verdict(references, hypotheses, invented, speakers, trial.language, trial.seed)


def _hearings(
    system: TranscriptionSystem, settings: Mapping[str, Any], ways: Sequence[str]
) -> dict[str, tuple[Hearing, ...]]:
    """What is heard in each way."""
    ways = (RAW,) if system.separator is None else (RAW, *ways)
    return {way: hearings_of(way, settings, sampling_rate=system.sampling_rate) for way in ways}


def _mixtures(trial: Trial, utterance: Utterance, rate: int) -> Iterator[tuple[str, np.ndarray]]:
    """Condition and samples (T,) of an utterance under each: one cut of music at all SNRs."""
    speech = read_speech(utterance, sampling_rate=rate)
    yield CLEAN, speech
    random = generator(trial.seed, "judge", utterance.utterance_id)
    _, _, music = trial.music.draw(random, num_samples=len(speech))
    for snr_db in trial.snrs_db:
        yield f"{snr_db:g} dB", mix(speech=speech, music=music, snr_db=snr_db).mixture


def _read_music_alone(
    trial: Trial,
    system: TranscriptionSystem,
    hearings: Mapping[str, tuple[Hearing, ...]],
    on_step: Callable[[], None],
) -> dict[str, list[str]]:
    """What each way reads where nobody speaks: a text for each of as many cuts as there are utterances."""
    texts: dict[str, list[str]] = {way: [] for way in hearings}
    for index in range(len(trial.utterances)):
        random = generator(trial.seed, "judge music", index)
        size = round(CUT_SECONDS * system.sampling_rate)
        _, _, music = trial.music.draw(random, num_samples=size)
        for way, text in _read(music, system, hearings).items():
            texts[way].append(scoring_spelling(text, trial.language))
        on_step()
    return texts


@torch.inference_mode()
def _read(
    mixture: np.ndarray, system: TranscriptionSystem, hearings: Mapping[str, tuple[Hearing, ...]]
) -> dict[str, str]:
    """The text of a mixture (T,) in each way; what sounds alike is read once.

    Raises:
        StateError: Memory does not suffice for it.
    """
    what = f"an utterance of {len(mixture) / system.sampling_rate:.1f} s"
    with memory_for(what, mend="judge shorter ones or a smaller model, or compute on the CPU (--ngpu 0)"):
        readings = _readings_of(mixture, system, hearings)
    return {way: of_way[surest(of_way)].text for way, of_way in readings.items()}


def _readings_of(
    mixture: np.ndarray, system: TranscriptionSystem, hearings: Mapping[str, tuple[Hearing, ...]]
) -> dict[str, list[Reading]]:
    estimates = None if system.separator is None else separate_window(system.separator, mixture)
    speech, music = speech_and_music(mixture, estimates)
    known: dict[bytes, Reading] = {}

    def read(hearing: Hearing) -> Reading:
        samples = hearing(mixture, speech=speech, music=music)
        if samples.tobytes() not in known:
            (known[samples.tobytes()],) = system.reader(
                torch.from_numpy(samples)[None], torch.tensor([len(samples)])
            )
        return known[samples.tobytes()]

    return {way: [read(one) for one in of_way] for way, of_way in hearings.items()}
