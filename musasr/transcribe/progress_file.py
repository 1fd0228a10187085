"""What is done of a transcription, on disk: one line a chunk, so that a killed run goes on where it was."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musasr.errors import note_need
from musasr.recognizers.reader import Word
from musasr.transcribe.language import Vote
from musasr.transcribe.transcript import Segment

VERSION = 3  # raised where the same settings would give another transcription, or a chunk holds more


@dataclass(frozen=True)
class ChunkRecord:
    """What a chunk gave.

    Attributes:
        probabilities: Of speech, for each of the detector's windows.
        segments: Those that ended in it, read; empty texts are left out.
        speech_db: Levels of it, one each half second; empty without a separator.
        music_db: Likewise.
        speech: Start and end, seconds, of each stretch of speech that ended in it, read or not.
        spectrogram: Its columns, as `picture.pack` packs them.
        end: Where it ends, seconds of the recording.
        is_last: Whether the recording ends with it.
        language_votes: Of its segments, as far as they were asked.
    """

    probabilities: tuple[float, ...]
    segments: tuple[Segment, ...]
    speech_db: tuple[float, ...]
    music_db: tuple[float, ...]
    speech: tuple[tuple[float, float], ...]
    spectrogram: str
    end: float
    is_last: bool
    language_votes: tuple[Vote, ...] = ()


class ProgressFile:
    """The chunks of one recording, under one model and settings, in order."""

    def __init__(self, path: Path, made_of: Mapping[str, Any]):
        """Read what is there; what was made of other things, or is cut off, does not count.

        Args:
            path: The file; its folder is made with the first chunk.
            made_of: What the result depends on: digests and settings.
        """
        self.path = path
        self.made_of = {"version": VERSION, **made_of}
        self.chunks: list[ChunkRecord] = []
        self._size = 0
        self._read()

    @property
    def is_complete(self) -> bool:
        """Whether the whole recording is done."""
        return bool(self.chunks) and self.chunks[-1].is_last

    def add(self, chunk: ChunkRecord) -> None:
        """Write a further chunk; a kill in between leaves a cut line, which the next run writes anew."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = ([] if self._size else [_line(self.made_of)]) + [_line(asdict(chunk))]
        try:
            with self.path.open("r+b" if self.path.exists() else "w+b") as file:
                file.truncate(self._size)
                file.seek(self._size)
                file.writelines(lines)
        except OSError as error:
            error.filename = str(self.path)  # a disk that is full names no file
            note_need(error, sum(map(len, lines)))
            raise
        self._size += sum(map(len, lines))
        self.chunks.append(chunk)

    def _read(self) -> None:
        content = self.path.read_bytes() if self.path.is_file() else b""
        for number, line in enumerate(content.splitlines(keepends=True)):
            try:
                values = json.loads(line) if line.endswith(b"\n") else None
                chunk = _chunk_of(values) if number else None
            except (ValueError, KeyError, TypeError):
                return
            if values is None or (number == 0 and values != self.made_of):
                return
            self.chunks += [] if chunk is None else [chunk]
            self._size += len(line)


def _line(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, ensure_ascii=False) + "\n").encode()


def _chunk_of(values: dict[str, Any]) -> ChunkRecord:
    segments = tuple(
        Segment(**(segment | {"words": tuple(Word(**word) for word in segment["words"])}))
        for segment in values["segments"]
    )
    lists = {key: tuple(values[key]) for key in ("probabilities", "speech_db", "music_db")}
    lists["language_votes"] = tuple(map(tuple, values["language_votes"]))
    return ChunkRecord(
        segments=segments,
        speech=tuple((start, end) for start, end in values["speech"]),
        **lists,
        **{key: values[key] for key in ("spectrogram", "end", "is_last")},
    )
