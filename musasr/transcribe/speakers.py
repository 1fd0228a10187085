"""Who says what of a transcript: turns of speakers found by their voices, and given to its words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from musasr import audio
from musasr.atomic import write_json
from musasr.diarizers.activity import RATE
from musasr.errors import ConfigError
from musasr.kaldi.rttm import Span, Turn
from musasr.transcribe.transcript import Segment, Transcript
from musasr.transcribe.word_times import character_words

# The folders of networks in a working directory: trained there, or kept with the settings that serve it.
FOLDERS = ("*/exp/voices/weights.pt", "*/exp/embedder/diarization.yaml")


@dataclass(frozen=True)
class SpeakerFinder:
    """A network of voices and how it is used.

    Attributes:
        voices: The network (`musasr.diarizers.embedders.open_embedder`).
        settings: Of the diarisation (`musasr.diarizers.settings.load_settings`).
        device: Where to compute.
    """

    voices: Path
    settings: Mapping[str, Any]
    device: str = "cpu"

    def turns(
        self, media: Path, *, stream: int, speech: Sequence[Span], kept: Path, made_of: Mapping[str, Any]
    ) -> list[Turn]:
        """Who speaks when in a recording; what an earlier run found of the same is read from `kept`.

        Args:
            media: The recording.
            stream: Which of its audio streams.
            speech: Where somebody speaks, seconds.
            kept: The file that holds what was found.
            made_of: What the transcript depends on.
        """
        from musasr.diarizers.embedders import digest_of_embedder
        from musasr.diarizers.settings import digests_of_segmenters

        digest = digest_of_embedder(self.voices)
        made_of = {**made_of, "voices": digest, "diarization": dict(self.settings)}
        made_of["segmenters"] = digests_of_segmenters(self.settings)
        found = _read(kept, made_of)
        if found is None:
            found = self._find(media, stream, speech)
            write_json(kept, {"made_of": made_of, "turns": [asdict(turn) for turn in found]})
        return found

    def _find(self, media: Path, stream: int, speech: Sequence[Span]) -> list[Turn]:
        from musasr.diarizers.embedders import open_embedder
        from musasr.diarizers.streaming import diarize_stream

        return diarize_stream(
            partial(audio.stream_mono, media, sampling_rate=RATE, stream=stream),
            speech,
            embedder=open_embedder(self.voices, device=self.device),
            settings=self.settings,
        )


def find_voices(folder: Path) -> Path:
    """The network of voices that the recipe trained, or chose settings for, last in working directories.

    Raises:
        ConfigError: There is none.
    """
    found = [path for pattern in FOLDERS for path in folder.glob(pattern)]
    if not found:
        mend = "train one by ./run.sh --recipe diarization, or name one with --voices"
        raise ConfigError("no network of voices is there", where=folder, mend=mend)
    return max(found, key=lambda path: path.stat().st_mtime).parent


def with_speakers(transcript: Transcript, turns: Sequence[Turn]) -> Transcript:
    """The transcript with the speaker of each segment; segments of several are cut between their words."""
    segments = [part for segment in transcript.segments for part in _parts(segment, turns)]
    return replace(transcript, segments=tuple(segments))


def _parts(segment: Segment, turns: Sequence[Turn]) -> list[Segment]:
    """A segment as stretches of one speaker each."""
    if not turns:
        return [segment]
    if not segment.words or any(word.start is None or word.end is None for word in segment.words):
        return [replace(segment, speaker=_speaker(segment.start, segment.end, turns))]
    names = [_speaker(word.start, word.end, turns) for word in segment.words]
    cuts = [0, *(n for n in range(1, len(names)) if names[n] != names[n - 1]), len(names)]
    if len(cuts) == 2:
        return [replace(segment, speaker=names[0])]
    texts = _texts(segment, cuts)
    starts = [segment.start, *(segment.words[n].start for n in cuts[1:-1]), segment.end]
    return [
        replace(
            segment,
            start=start,
            end=end,
            words=segment.words[first:last],
            text=text,
            speaker=names[first],
        )
        for (first, last), (start, end), text in zip(pairwise(cuts), pairwise(starts), texts, strict=True)
        if end > start
    ]


def _texts(segment: Segment, cuts: Sequence[int]) -> list[str]:
    """What is written of each stretch: what belongs to no word stays with the one before it."""
    texts, part = [""] * (len(cuts) - 1), 0
    words = iter(character_words(segment, segment.text))
    for character in segment.text:
        if not character.isspace():
            word = next(words)
            while word >= cuts[part + 1]:
                part += 1
        texts[part] += character
    return [text.strip() for text in texts]


def _speaker(start: float, end: float, turns: Sequence[Turn]) -> str:
    """Whose turns share most with a stretch, or, where none does, whose is nearest."""
    shared: dict[str, float] = {}
    for turn in turns:
        overlap = min(end, turn.end) - max(start, turn.start)
        if overlap > 0:
            shared[turn.speaker] = shared.get(turn.speaker, 0.0) + overlap
    if shared:
        return max(shared, key=lambda name: shared[name])
    return min(turns, key=lambda turn: max(turn.start - end, start - turn.end)).speaker


def _read(kept: Path, made_of: Mapping[str, Any]) -> list[Turn] | None:
    """The turns that a file holds, if they were made of the same; a broken file counts for nothing."""
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["made_of"] != json.loads(json.dumps(made_of)):
            return None
        return [Turn(**turn) for turn in content["turns"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
