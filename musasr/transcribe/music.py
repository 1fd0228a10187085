"""Music between the lines of a transcript: where nobody speaks for a while, and what is heard there."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from musasr import audio
from musasr.atomic import write_json
from musasr.kaldi.rttm import Span
from musasr.transcribe.transcript import MusicSpan, Transcript

RATE = 16_000
LEAST_SECONDS = 4.0  # without speech that are listened to
MOST_SECONDS = 30.0  # of them: what a tagger hears of a long stretch


@dataclass(frozen=True)
class MusicFinder:
    """A tagger at work between the lines.

    Attributes:
        describe: What samples (T,) at 16 kHz sound like, in a few words; None: there is no music.
        digest: What the tagger is, so that what another one found is not taken for its own.
    """

    describe: Callable[[np.ndarray], str | None]
    digest: str

    def spans(
        self, media: Path, transcript: Transcript, *, stream: int, kept: Path, made_of: Mapping[str, Any]
    ) -> list[MusicSpan]:
        """The music between a transcript's lines; what an earlier run found of the same is read from `kept`.

        Args:
            media: The recording.
            transcript: All of it.
            stream: Which of its audio streams.
            kept: The file that holds what was found.
            made_of: What the transcript depends on.
        """
        made_of = {**made_of, "tagger": self.digest}
        found = _read(kept, made_of)
        if found is None:
            blocks = audio.stream_mono(media, sampling_rate=RATE, stream=stream)
            pieces = zip(gaps := silences(transcript), cuts(blocks, gaps), strict=True)
            heard = [(gap, self.describe(samples)) for gap, samples in pieces]
            found = [MusicSpan(*gap, words) for gap, words in heard if words]
            write_json(kept, {"made_of": made_of, "music": [asdict(one) for one in found]})
        return found


def silences(transcript: Transcript) -> list[Span]:
    """The stretches (start, end) of at least LEAST_SECONDS in which no segment has a text."""
    spoken = [(one.start, one.end) for one in transcript.segments if one.text.strip()]
    edges = [(0.0, 0.0), *spoken, (transcript.duration, transcript.duration)]
    between = ((before[1], after[0]) for before, after in pairwise(edges))
    return [(start, end) for start, end in between if end - start >= LEAST_SECONDS]


def cuts(blocks: Iterator[np.ndarray], spans: Sequence[Span]) -> Iterator[np.ndarray]:
    """Yield the samples of each span, at most MOST_SECONDS of its start, out of a stream at 16 kHz."""
    held, first = np.zeros(0, np.float32), 0
    for start, end in spans:
        begin, stop = round(start * RATE), round(min(end, start + MOST_SECONDS) * RATE)
        while first + len(held) < stop and (block := next(blocks, None)) is not None:
            held = np.concatenate([held, block])
            skipped = min(len(held), max(0, begin - first))
            held, first = held[skipped:], first + skipped
        skipped = max(0, begin - first)
        held, first = held[skipped:], first + skipped
        yield held[: stop - begin]


def _read(kept: Path, made_of: Mapping[str, Any]) -> list[MusicSpan] | None:
    """The music that a file holds, if it was made of the same; a broken file counts for nothing."""
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["made_of"] != json.loads(json.dumps(made_of)):
            return None
        return [MusicSpan(**one) for one in content["music"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
