"""The test set under any condition: batches of utterances, and their mixtures as planned."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr.errors import DataError, StateError
from musasr.kaldi import Utterance, read_music_dir
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.dynamic import Mixture
from musasr.mixing.plan import PlannedMixture, make, read_speech


@dataclass(frozen=True)
class TestSet:
    """Utterances, the plan by (condition, utterance_id), and the music by genre."""

    __test__ = False  # pytest: not a class of tests

    utterances: list[Utterance]
    plan: Mapping[tuple[str, str], PlannedMixture]
    libraries: Mapping[str, MusicLibrary]
    sampling_rate: int

    def batches(self, *, seconds: float) -> Iterator[list[Utterance]]:
        """Utterances of like length together, the longest first, at most ``seconds`` of audio at once."""
        limit = seconds * self.sampling_rate
        batch: list[Utterance] = []
        for utterance in sorted(self.utterances, key=lambda one: (-one.num_samples, one.utterance_id)):
            if batch and batch[0].num_samples * (len(batch) + 1) > limit:
                yield batch
                batch = []
            batch.append(utterance)
        yield batch

    def mixture(self, utterance: Utterance, condition: str, *, is_clean: bool) -> Mixture:
        """The utterance's mixture in a condition, with its parts; clean speech has silent music.

        Raises:
            StateError: The plan has no such row.
        """
        speech = read_speech(utterance, sampling_rate=self.sampling_rate)
        if is_clean:
            return Mixture(mixture=speech, speech=speech, music=np.zeros_like(speech))
        row = self.plan.get((condition, utterance.utterance_id))
        if row is None:
            what = f"the plan of test mixtures has no {condition} of {utterance.utterance_id}"
            raise StateError(what, mend="remove data/test and run musasr prepare music")
        return make(row, speech=speech, library=self.libraries[row.genre])


def test_libraries(
    directory: Path, genres: Iterable[str], *, sampling_rate: int, crossfade_seconds: float
) -> dict[str, MusicLibrary]:
    """The test music by genre.

    Args:
        directory: The music dir of the test set.
        genres: Those that are asked for.
        sampling_rate: Hz.
        crossfade_seconds: See `MusicLibrary`.

    Raises:
        DataError: A genre has no music.
    """
    pieces = read_music_dir(directory)
    libraries = {}
    for genre in genres:
        of_genre = [piece for piece in pieces if piece.genre == genre]
        if not of_genre:
            have = ", ".join(sorted({piece.genre for piece in pieces}))
            what = f"no test music of genre {genre!r} (there is: {have})"
            raise DataError(what, where=directory, mend="add some, or take it out of mixing.test.genres")
        libraries[genre] = MusicLibrary(
            of_genre, sampling_rate=sampling_rate, crossfade_seconds=crossfade_seconds
        )
    return libraries


test_libraries.__test__ = False  # pytest: not a test
