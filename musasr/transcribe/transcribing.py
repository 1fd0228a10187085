"""The transcript of what is done of a recording."""

from collections.abc import Iterator, Sequence
from itertools import chain

from musasr.transcribe.language import best_language
from musasr.transcribe.progress_file import ChunkRecord
from musasr.transcribe.recording import LEVEL_SECONDS
from musasr.transcribe.system import TranscriptionSystem
from musasr.transcribe.transcript import Levels, Transcript


def transcript_of(chunks: Sequence[ChunkRecord], system: TranscriptionSystem, *, source: str) -> Transcript:
    """The chunks so far as a transcript.

    Args:
        chunks: From the recording's first on.
        system: What made them.
        source: The recording's name.
    """
    levels = None
    if system.separator is not None:
        speech, music = (tuple(_on_clock(chunks, name)) for name in ("speech_db", "music_db"))
        levels = Levels(LEVEL_SECONDS, speech, music)
    votes = chain.from_iterable(chunk.language_votes for chunk in chunks)
    return Transcript(
        source=source,
        duration=round(chunks[-1].end, 3) if chunks else 0.0,
        segments=tuple(chain.from_iterable(chunk.segments for chunk in chunks)),
        is_complete=bool(chunks) and chunks[-1].is_last,
        language=getattr(system.reader, "language", None) or best_language(votes),
        levels=levels,
        made_with=dict(system.names),
    )


def _on_clock(chunks: Sequence[ChunkRecord], name: str) -> Iterator[float]:
    """Yield one level for each `LEVEL_SECONDS` of the whole; a chunk need not be a whole number of them."""
    place, start = 0, 0.0
    for chunk in chunks:
        levels = getattr(chunk, name)
        while (middle := (place + 0.5) * LEVEL_SECONDS) < chunk.end:
            yield levels[min(int((middle - start) / LEVEL_SECONDS), len(levels) - 1)]
            place += 1
        start = chunk.end
