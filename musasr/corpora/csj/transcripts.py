"""A talk as utterances: what is said, where it lies in which recording, and what is left out of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from musasr import text
from musasr.corpora.contract import Skipped
from musasr.corpora.csj import base_xml, layout, sdb
from musasr.corpora.csj.layout import Talk
from musasr.corpora.csj.segments import merge
from musasr.corpora.csj.words import Unit, units
from musasr.errors import DataError
from musasr.kaldi import Utterance

MASKED = "masked: personal data, noise in the audio (R)"
SCRIPTS = ("orthography", "pronunciation")


@dataclass(frozen=True)
class Rules:
    """How utterances are made: which script, and the longest pause and length (ms) of joining."""

    script: str
    max_gap_ms: int
    max_ms: int


@dataclass
class Transcript:
    """The utterances of a talk, what is left out of it, and how many units and so on there were."""

    talk_id: str
    utterances: list[Utterance] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)


def read(talk: Talk, rules: Rules) -> Transcript:
    """Return a talk's utterances; a talk that cannot be read has none, and says why in `skipped`.

    Each is named RECORDING_START_END in milliseconds, and its speaker is the recording, as in the recipes of
    Kaldi and ESPnet. Of a dialogue, both sides are recordings of their own, with -L and -R.
    """
    transcript = Transcript(talk.talk_id)
    try:
        _fill(transcript, talk, rules)
    except DataError as error:
        return Transcript(talk.talk_id, skipped=[Skipped(talk.talk_id, str(error))])
    return transcript


def _fill(transcript: Transcript, talk: Talk, rules: Rules) -> None:
    path, rows = _read_rows(talk)
    found, unknown = units(rows, where=path)
    transcript.counts.update({f"unknown tag ({name}": 1 for name in unknown})
    transcript.counts["units"] = len(found)
    transcript.counts["units without words"] = sum(not (unit.words or unit.is_masked) for unit in found)
    audio = {recording: layout.only_copy(paths) for recording, paths in sorted(talk.audio.items())}
    seen = set()
    for joined in merge(found, max_gap_ms=rules.max_gap_ms, max_ms=rules.max_ms):
        recording = talk.recording_id(joined[0].channel)
        start, end = joined[0].start_ms, joined[-1].end_ms
        utterance_id = f"{recording}_{start:07d}_{end:07d}"
        if utterance_id in seen:
            raise DataError(f"{utterance_id} comes twice", where=path, mend="copy the file again")
        seen.add(utterance_id)
        words = text.normalise(" ".join(_words(joined, rules.script)))
        if reason := _unusable(joined, words, recording, audio):
            transcript.skipped.append(Skipped(utterance_id, reason))
            transcript.counts["masked utterances"] += reason == MASKED
            continue
        where = audio[recording]
        seconds = start / 1000, (end - start) / 1000
        transcript.utterances.append(Utterance(utterance_id, recording, words, where, None, *seconds))


def _read_rows(talk: Talk) -> tuple[Path, list]:
    if talk.sdb:
        path = layout.only_copy(talk.sdb)
        return path, sdb.read_rows(path)
    if talk.xml:
        path = layout.only_copy(talk.xml)
        return path, base_xml.read_rows(path)
    raise DataError(f"talk {talk.talk_id} has no transcript", mend=f"add {talk.talk_id}.sdb")


def _words(joined: Sequence[Unit], script: str) -> Iterator[str]:
    for unit in joined:
        for word in unit.words:
            yield word.orthography if script == "orthography" else word.pronunciation


def _unusable(joined: Sequence[Unit], words: str, recording: str, audio: dict[str, Path]) -> str | None:
    """Why an utterance cannot be used, if so."""
    if any(unit.is_masked for unit in joined):
        return MASKED
    if recording not in audio:
        return f"no audio: {recording}.wav is missing; add it to the corpus"
    if joined[-1].end_ms <= joined[0].start_ms:
        return "it ends before it starts: the times of its units run backwards"
    if not words:
        return "no pronunciation is given"
    return None
