"""One recording read from start to end: chunks are separated, speech is found in them, segments are read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from musasr.errors import memory_for
from musasr.recipe.transcription_keys import MIXTURE
from musasr.recognition.long_separation import Chunk, grid_of, separate_blocks
from musasr.recognizers.reader import Reader, Reading, Word
from musasr.transcribe.activity import SECONDS, SpeechActivity, window_levels_db
from musasr.transcribe.hearing import Hearing, speech_and_music, surest
from musasr.transcribe.language import RecordingLanguage
from musasr.transcribe.picture import mel_levels, pack
from musasr.transcribe.progress_file import ChunkRecord
from musasr.transcribe.segmenter import Segmenter, Span
from musasr.transcribe.system import TranscriptionSystem
from musasr.transcribe.transcript import Segment

LEVEL_SECONDS = 0.5
SHORTEST = 0.1  # seconds: what is shorter is too little for a recogniser's convolutions


class Recording:
    """Goes through a recording chunk by chunk, holding no more of it than segments still need."""

    def __init__(
        self, system: TranscriptionSystem, settings: Mapping[str, Any], done: Iterable[ChunkRecord] = ()
    ):
        """Begin, or go on after what is done.

        Args:
            system: What separates and reads.
            settings: All sections of the settings.
            done: Chunks of an earlier run, from the first on.
        """
        self.system, self.settings = system, settings
        self.rate = system.sampling_rate
        own = {
            key: settings["segments"][key] for key in ("segmenter", "min_level_db", "max_below_mixture_db")
        }
        self.activity = SpeechActivity(sampling_rate=self.rate, **own)
        self.segmenter = Segmenter(settings["segments"])
        done = list(done)
        for chunk in done:
            self.segmenter.push(chunk.probabilities)
        self.num_done = len(done)
        self.language = RecordingLanguage(
            system.reader,
            seconds=settings["reading"]["language_seconds"],
            votes=chain.from_iterable(chunk.language_votes for chunk in done),
        )
        self._held: list[Chunk] = []

    def __call__(
        self, blocks: Iterable[np.ndarray], *, on_chunk: Callable[[float], None] = lambda end: None
    ) -> Iterator[ChunkRecord]:
        """Yield what each further chunk gives.

        Args:
            blocks: The whole recording (T,), at the system's rate, from its start.
            on_chunk: Is told where each chunk ends, seconds, as soon as it is separated.
        """
        with self.language:
            for chunk, is_last in _with_last(self._chunks(blocks)):
                self._held.append(chunk)
                speech, end = self._speech(chunk), (chunk.start + len(chunk.mixture)) / self.rate
                if chunk.index < self.num_done:  # of an earlier run: heard for what comes after it
                    self.activity.hear(self._searched(chunk))
                    continue
                on_chunk(end)
                yield self._record(chunk, speech, end, is_last=is_last)
                self._drop()

    def _chunks(self, blocks: Iterable[np.ndarray]) -> Iterator[Chunk]:
        """The chunks that are needed: what no segment looks back to is skipped."""
        chunks = whole_windows(**self.settings["separation"])
        grid = grid_of(sampling_rate=self.rate, **chunks)
        # One more than the open segment needs: the detector hears the end of the chunk before.
        first = min(self.num_done, int(self.segmenter.open_since * self.rate) // grid.hop)
        skip = max(0, first - 1)
        for chunk in separate_blocks(
            self.system.separator, blocks, sampling_rate=self.rate, **chunks, skip_chunks=skip
        ):
            if chunk.index >= skip:
                yield chunk

    def _record(self, chunk: Chunk, speech: np.ndarray, end: float, *, is_last: bool) -> ChunkRecord:
        probabilities = self.activity(self._searched(chunk), chunk.mixture)
        spans = self.segmenter.push(probabilities)
        if is_last:
            spans += self.segmenter.finish()
        spans = [replace(span, end=min(span.end, end)) for span in spans if span.start < end]
        levels = [self._levels(source) for source in (speech, self._music(chunk))]
        num_votes = len(self.language.votes)
        return ChunkRecord(
            probabilities=tuple(probabilities.tolist()),
            segments=tuple(self._read(spans, self._reader(chunk))),
            speech_db=levels[0] if self.system.separator else (),
            music_db=levels[1] if self.system.separator else (),
            speech=tuple((round(span.start, 3), round(span.end, 3)) for span in spans),
            spectrogram=pack(mel_levels(chunk.mixture, self.rate)),
            end=end,
            is_last=is_last,
            language_votes=tuple(self.language.votes[num_votes:]),
        )

    def _drop(self) -> None:
        """Let go of what no segment needs any more, but for the newest chunk."""
        needed = self.segmenter.open_since * self.rate
        self._held = [
            chunk for chunk in self._held[:-1] if chunk.start + len(chunk.mixture) > needed
        ] + self._held[-1:]

    def _searched(self, chunk: Chunk) -> np.ndarray:
        """What speech is looked for in."""
        return chunk.mixture if self.settings["segments"]["searched"] == MIXTURE else self._speech(chunk)

    def _speech(self, chunk: Chunk) -> np.ndarray:
        return speech_and_music(chunk.mixture, chunk.estimates)[0]

    def _music(self, chunk: Chunk) -> np.ndarray:
        return speech_and_music(chunk.mixture, chunk.estimates)[1]

    def _levels(self, samples: np.ndarray) -> tuple[float, ...]:
        window = round(LEVEL_SECONDS * self.rate)
        levels = window_levels_db(samples, -(-len(samples) // window), window=window)
        return tuple(levels.round(1).tolist())

    def _reader(self, chunk: Chunk) -> Reader:
        """What reads the segments that end in a chunk: of a choice, what suits its music."""
        if self.system.by_tag is None:
            return self.system.reader
        music = chunk.mixture if chunk.estimates is None else self._music(chunk)
        return self.system.by_tag.choose(music, sampling_rate=self.rate, otherwise=self.system.reader)

    def _read(self, spans: list[Span], reader: Reader) -> Iterator[Segment]:
        """The segments of spans, as many at once as is set; what has no words, or unsure ones, is none."""
        for batch in _batches(spans, seconds=self.settings["reading"]["batch_seconds"]):
            read = [self._read_as(hearing, batch, reader) for hearing in self.system.hearings]
            for span, *readings in zip(batch, *read, strict=True):
                index = surest(readings)
                reading, hearing = readings[index], self.system.hearings[index]
                if reading.text.strip() and self._is_sure(reading):
                    yield self._segment(span, reading, hearing)

    def _read_as(self, hearing: Hearing, batch: list[Span], reader: Reader) -> list[Reading]:
        """The readings of spans that are read at once, heard in one way."""
        heard = [self._heard(span, hearing) for span in batch]
        waveforms = [torch.from_numpy(waveform) for waveform in heard]
        lengths = torch.tensor([len(waveform) for waveform in waveforms])
        what = f"{len(batch)} segments of up to {int(lengths.max()) / self.rate:.1f} s"
        with memory_for(what, mend="lower reading.batch_seconds or reading.beam_size"):
            if hearing is self.system.hearings[0]:
                self.language.hear(heard, sampling_rate=self.rate)
            return reader(pad_sequence(waveforms, batch_first=True), lengths)

    def _is_sure(self, reading: Reading) -> bool:
        least = self.settings["reading"]["min_confidence"]
        return least is None or reading.confidence is None or reading.confidence >= least

    def _heard(self, span: Span, hearing: Hearing) -> np.ndarray:
        """What the reader is given of a span (T,)."""
        return hearing(
            self._cut([chunk.mixture for chunk in self._held], span),
            speech=self._cut([self._speech(chunk) for chunk in self._held], span),
            music=self._cut([self._music(chunk) for chunk in self._held], span),
        )

    def _cut(self, parts: list[np.ndarray], span: Span) -> np.ndarray:
        first = self._held[0].start
        whole = np.concatenate(parts) if len(parts) > 1 else parts[0]
        start, end = (max(0, round(edge * self.rate) - first) for edge in (span.start, span.end))
        cut = np.ascontiguousarray(whole[start:end], np.float32)
        return np.pad(cut, (0, max(0, round(SHORTEST * self.rate) - len(cut))))

    def _segment(self, span: Span, reading: Reading, hearing: Hearing) -> Segment:
        words = tuple(_placed(reading.words, span))
        return Segment(
            round(span.start, 3),
            round(span.end, 3),
            words,
            reading.text.strip(),
            heard=hearing.kind,
        )


def whole_windows(*, chunk_seconds: float, overlap_seconds: float) -> dict[str, float]:
    """The grid of chunks with a whole number of the detector's windows from one chunk's start to the next."""
    hop = max(1, round((chunk_seconds - overlap_seconds) / SECONDS)) * SECONDS
    return {"chunk_seconds": hop + overlap_seconds, "overlap_seconds": overlap_seconds}


def _placed(words: Iterable[Word], span: Span) -> Iterator[Word]:
    """Words on the recording's clock: inside their segment, none before the one in front of it."""
    last = span.start
    for word in words:
        if word.start is None or word.end is None:
            yield replace(word, start=None, end=None)
            continue
        start = min(max(last, span.start + word.start), span.end)
        last = min(max(start, span.start + word.end), span.end)
        yield replace(word, start=round(start, 3), end=round(last, 3))


def _batches(spans: list[Span], *, seconds: float) -> Iterator[list[Span]]:
    """Spans in order, so many at once that padded to the longest they are no more than `seconds`."""
    batch: list[Span] = []
    for span in spans:
        longest = max(one.end - one.start for one in [*batch, span])
        if batch and longest * (len(batch) + 1) > seconds:
            yield batch
            batch = []
        batch.append(span)
    if batch:
        yield batch


def _with_last(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, bool]]:
    """Each chunk, and whether it is the last."""
    before: Chunk | None = None
    for chunk in chunks:
        if before is not None:
            yield before, False
        before = chunk
    if before is not None:
        yield before, True
