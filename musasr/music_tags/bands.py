"""When somebody speaks in a recording, when music plays, when somebody sings: three bands over its time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musasr import audio
from musasr.diarizers.silero import RATE, WINDOW
from musasr.kaldi.rttm import Span
from musasr.music_tags.tagger import Tagger, stretches
from musasr.recognition.long_separation import Chunk, separate_blocks
from musasr.recognition.separation import Separator
from musasr.transcribe.activity import SECONDS, SILENCE_DB, SpeechActivity, window_levels_db
from musasr.transcribe.hearing import speech_and_music
from musasr.transcribe.music_levels import music_spans
from musasr.transcribe.recording import whole_windows
from musasr.transcribe.segmenter import Segmenter
from musasr.transcribe.segmenter import Span as Segmented
from musasr.transcribe.transcript import Levels

SINGING = "singing"  # the tag
SUNG = 0.5  # its probability from which on somebody sings
# Silero's windows for which that is told: 4 s. The variant `statistics`, trained on 160 pieces, had on cuts
# of 60 others a ROC-AUC of 0.97 by 2 s, and of 0.98 by 4, 8 and 16 s.
SUNG_WINDOWS = 125
LEVEL_WINDOWS = 16  # silero's windows for which music plays or not: half a second
JOINED_SECONDS = 1.0  # two stretches of a band that are nearer to each other are one
LEAST_SECONDS = 2.0  # of music or singing: less is none


@dataclass(frozen=True)
class Bands:
    """Stretches (start, end), seconds, each kind in order; kinds may overlap.

    Attributes:
        speech: Somebody speaks.
        music: Music plays.
        singing: Somebody sings in it; None: the tagger cannot tell.
    """

    speech: list[Span]
    music: list[Span]
    singing: list[Span] | None


@dataclass(frozen=True)
class _Heard:
    """Each of silero's windows of a chunk: probability of speech, levels in dB, and the music's samples.

    Attributes:
        probabilities: (n,).
        speech_db: (n,).
        music_db: (n,).
        music: (n, WINDOW) at 16 kHz.
        is_music: (n,) whether the music is to be listened to.
        end: Of the chunk, seconds.
    """

    probabilities: np.ndarray
    speech_db: np.ndarray
    music_db: np.ndarray
    music: np.ndarray
    is_music: np.ndarray
    end: float


class BandFinder:
    """Silero's detector, levels and a tagger at work on recordings, in the memory of a chunk.

    With a separator, speech is found in its speech, music by its music's level, and the tagger hears this
    music. Without one, music is what sounds where nobody speaks.
    """

    def __init__(
        self,
        tagger: Tagger,
        settings: Mapping[str, Any],
        *,
        separator: Separator | None = None,
        sampling_rate: int = RATE,
    ):
        """Take what is loaded.

        Args:
            tagger: Says what is sung, if it has the tag.
            settings: Sections ``segments`` and ``separation``, as of a transcription.
            separator: Gives speech, and music or what else is left.
            sampling_rate: Of the separator, Hz.
        """
        self.tagger, self.settings = tagger, settings
        self.separator, self.rate = separator, sampling_rate

    def __call__(self, path: Path, *, stream: int = 0) -> Bands:
        """The bands of a media file.

        Args:
            path: Audio or video.
            stream: Which audio stream, of a container that holds several.

        Raises:
            DataError: It cannot be read.
        """
        blocks = audio.stream_mono(path, sampling_rate=self.rate, stream=stream)
        kept = _Kept(self.settings["segments"])
        sung = self._sung(kept.music_of(self._heard(blocks)))
        playing = joined(kept.playing())
        singing = _until(kept.end, common(sung, playing)) if self.can_tell_singing else None
        return Bands(_until(kept.end, joined(kept.spoken(), least=0.0)), _until(kept.end, playing), singing)

    @property
    def can_tell_singing(self) -> bool:
        """Whether the tagger has the tag."""
        return SINGING in self.tagger.labels.tags

    def _heard(self, blocks: Iterable[np.ndarray]) -> Iterator[_Heard]:
        floors = {key: self.settings["segments"][key] for key in ("min_level_db", "max_below_mixture_db")}
        activity = SpeechActivity(sampling_rate=self.rate, **floors)
        chunks = whole_windows(**self.settings["separation"])
        for chunk in separate_blocks(self.separator, blocks, sampling_rate=self.rate, **chunks):
            yield self._of_chunk(chunk, activity)

    def _of_chunk(self, chunk: Chunk, activity: SpeechActivity) -> _Heard:
        speech, music = speech_and_music(chunk.mixture, chunk.estimates)
        probabilities = activity(speech, chunk.mixture)
        is_music = np.ones(len(probabilities), bool)
        if chunk.estimates is None:
            is_music, music = probabilities < self.settings["segments"]["offset"], speech
        spoken, rest = (self._in_windows(one, len(probabilities)) for one in (speech, music))
        if chunk.estimates is None:
            spoken, rest = spoken * ~is_music[:, None], rest * is_music[:, None]
        levels = [window_levels_db(one.ravel(), len(one)) for one in (spoken, rest)]
        end = (chunk.start + len(chunk.mixture)) / self.rate
        return _Heard(probabilities, *levels, rest, is_music, end)

    def _in_windows(self, samples: np.ndarray, count: int) -> np.ndarray:
        """Samples (T,) as windows (count, WINDOW) at 16 kHz, the last one filled up with silence."""
        heard = audio.resample(np.asarray(samples, np.float32), self.rate, RATE)[: count * WINDOW]
        return np.pad(heard, (0, count * WINDOW - len(heard))).reshape(count, WINDOW)

    def _sung(self, blocks: Iterator[np.ndarray]) -> list[Span]:
        """The stretches of music in which somebody sings; all blocks are taken in any case.

        Args:
            blocks: Windows of music (n, WINDOW + 1); the last column says which are to be listened to.
        """
        found, start = [], 0
        for windows in stretches(blocks, SUNG_WINDOWS):
            end = start + len(windows)
            if self._is_sung(windows[windows[:, -1] > 0, :-1].ravel()):
                found.append((start * SECONDS, end * SECONDS))
            start = end
        return found

    def _is_sung(self, samples: np.ndarray) -> bool:
        if not self.can_tell_singing or len(samples) < LEAST_SECONDS * RATE:
            return False
        return self.tagger.tag(samples)["tags"][SINGING] >= SUNG


class _Kept:
    """What is kept of a recording's chunks: spans of speech, levels, and how long it is."""

    def __init__(self, segments: Mapping[str, Any]):
        self.segmenter = Segmenter(segments)
        self.speech: list[Segmented] = []
        self.speech_db: list[float] = []
        self.music_db: list[float] = []
        self.end = 0.0

    def music_of(self, chunks: Iterable[_Heard]) -> Iterator[np.ndarray]:
        """Yield the windows of each chunk's music, and a column that says which are to be listened to."""
        for heard in chunks:
            self.speech += self.segmenter.push(heard.probabilities)
            self.speech_db.extend(heard.speech_db)
            self.music_db.extend(heard.music_db)
            self.end = heard.end
            yield np.column_stack([heard.music, heard.is_music])

    def spoken(self) -> list[Span]:
        """Where somebody speaks, after the last chunk."""
        return [(one.start, one.end) for one in self.speech + self.segmenter.finish()]

    def playing(self) -> list[Span]:
        """Where music is, half a second by half a second."""
        return music_spans(Levels(LEVEL_WINDOWS * SECONDS, _pooled(self.speech_db), _pooled(self.music_db)))


def joined(spans: Iterable[Span], *, least: float = LEAST_SECONDS) -> list[Span]:
    """Spans in order, those that are near each other as one, without what is then shorter than `least`."""
    found: list[Span] = []
    for start, end in spans:
        if found and start - found[-1][1] < JOINED_SECONDS:
            start, before = found.pop()
            end = max(end, before)
        found.append((start, end))
    return [(start, end) for start, end in found if end - start >= least]


def common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Where both have a stretch."""
    found = ((max(one[0], other[0]), min(one[1], other[1])) for one in spans for other in others)
    return joined(sorted((start, end) for start, end in found if end > start))


def _until(end: float, spans: Iterable[Span]) -> list[Span]:
    """The spans, none of which lasts longer than the recording."""
    return [(round(first, 3), round(min(last, end), 3)) for first, last in spans if first < end]


def _pooled(levels_db: Sequence[float]) -> tuple[float, ...]:
    """Levels of single windows as those of LEVEL_WINDOWS together, the last ones filled up with silence."""
    padded = np.full(-(-len(levels_db) // LEVEL_WINDOWS) * LEVEL_WINDOWS, SILENCE_DB)
    padded[: len(levels_db)] = levels_db
    power = (10 ** (padded / 10)).reshape(-1, LEVEL_WINDOWS).mean(1)
    return tuple((10 * np.log10(power)).tolist())
