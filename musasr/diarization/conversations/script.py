"""Who says what when in a conversation: drawn before there is any sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np

from musasr.kaldi import Utterance
from musasr.mixing.draw import generator


@dataclass(frozen=True)
class Said:
    """An utterance that begins at a sample of the conversation."""

    utterance: Utterance
    start: int

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.start + self.utterance.num_samples


def write_script(
    key: Sequence[Any],
    voices: Mapping[str, Sequence[Utterance]],
    *,
    sampling_rate: int,
    seconds: float,
    num_speakers: Sequence[int],
    turn_utterances: Sequence[int],
    breath_seconds: Sequence[float],
    pause_seconds: Sequence[float],
    overlap_fraction: float,
    overlap_seconds: Sequence[float],
) -> list[Said]:
    """What is said, in the order in which it begins; no utterance twice, as long as the speaker has others.

    Args:
        key: What the draw is a function of.
        voices: Speaker -> utterances.
        sampling_rate: Of the utterances, Hz.
        seconds: Length of the conversation; the last utterance may pass it.
        num_speakers: Fewest and most who take part.
        turn_utterances: Fewest and most utterances of a turn.
        breath_seconds: Between the utterances of a turn.
        pause_seconds: Between two turns.
        overlap_fraction: Share of the turns that begin before the one before has ended.
        overlap_seconds: By how much; at most half of its last utterance.
    """
    random = generator(*key, "script")
    cast = _cast(random, voices, num_speakers)
    said: list[Said] = []
    speaker, place = "", round(random.uniform(*pause_seconds) * sampling_rate)
    while place < seconds * sampling_rate:
        speaker = str(random.choice([name for name in cast if name != speaker]))
        if said and random.random() < overlap_fraction:
            asked = round(random.uniform(*overlap_seconds) * sampling_rate)
            place = said[-1].end - min(asked, said[-1].utterance.num_samples // 2)
        elif said:
            place = said[-1].end + round(random.uniform(*pause_seconds) * sampling_rate)
        for _ in range(int(random.integers(turn_utterances[0], turn_utterances[1] + 1))):
            said.append(Said(next(cast[speaker]), place))
            place = said[-1].end + round(random.uniform(*breath_seconds) * sampling_rate)
    return said


def _cast(random: np.random.Generator, voices: Mapping[str, Sequence[Utterance]], bounds: Sequence[int]):
    """Speaker -> an endless iterator of the utterances in a drawn order."""
    count = min(int(random.integers(bounds[0], bounds[1] + 1)), len(voices))
    chosen = sorted(str(name) for name in random.permutation(sorted(voices))[:count])
    return {name: cycle([voices[name][i] for i in random.permutation(len(voices[name]))]) for name in chosen}
