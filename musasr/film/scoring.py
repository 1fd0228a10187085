"""A transcription of a film against the film's truth, in figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from musasr.errors import DataError
from musasr.film.spans import Span
from musasr.kaldi.rttm import Turn
from musasr.metrics.diarization import score_diarization
from musasr.metrics.recognition import ErrorRate, corpus_cer, corpus_wer, cpwer
from musasr.metrics.significance import bootstrap_ci95
from musasr.metrics.spelling import JAPANESE as LANGUAGE
from musasr.metrics.spelling import scoring_spelling
from musasr.metrics.transcription import found_frames, found_segments, matched_words, timing_error
from musasr.recipe.filming import MUSIC, SILENCE, SONG, SPEECH
from musasr.recognizers.reader import Word
from musasr.text import normalise
from musasr.transcribe.transcript import Segment, Transcript

MINUTE = 60.0
SHORTEST_FILM = 0.98  # of the true duration: a transcript that stopped earlier is of another film, or broken


@dataclass(frozen=True)
class SpanWords:
    """True and recognised words of one span, in order."""

    span: Span
    reference: Sequence[Word]
    hypothesis: Sequence[Word]


def score(truth: Transcript, hypothesis: Transcript, spans: Sequence[Span], *, seed: int) -> dict[str, Any]:
    """Every figure of a transcription, as plain values.

    A word belongs to the span in which its middle lies, so that errors have an SNR, and what is recognised
    over music alone counts as inserted there and nowhere else.

    Args:
        truth: The film's.
        hypothesis: What was made of it.
        spans: The film's.
        seed: Of the confidence interval, which draws spans.

    Returns:
        ``wer``, ``wer_ci95``, ``wer_speech`` (of scenes with speech: without what is read in songs, say),
        ``cer``, ``cer_by_sound`` (percent; see `musasr.metrics.spelling`), ``speakers`` (DER and its parts,
        JER, cpWER, percent; None where the hypothesis names none),
        ``num_words``, ``by_snr``, ``segments`` (0 to 1), ``timing`` (seconds), ``words_per_minute`` by
        kind of span.

    Raises:
        DataError: The transcript is not complete, or not of this film.
    """
    _check(truth, hypothesis)
    parts = split_words(timed_words(truth), timed_words(hypothesis), spans)
    wer, cer = _errors(parts)
    pairs = [
        pair for part in parts for pair in matched_words(reference=part.reference, hypothesis=part.hypothesis)
    ]
    said = [part for part in parts if part.span.kind == SPEECH]
    return {
        "wer": _percent(wer),
        "wer_ci95": _interval(wer, seed),
        "wer_speech": _percent(_errors(said)[0]),
        "cer": _percent(cer),
        "cer_by_sound": _percent(_errors_by_sound(parts)),
        "num_words": 0 if wer is None else wer.num_tokens,
        "by_snr": [_by_snr(snr_db, said) for snr_db in _snrs(spans)],
        "segments": _segments(truth, hypothesis),
        "timing": asdict(timing_error(pairs)),
        "speakers": _speakers(truth, hypothesis),
        "words_per_minute": {kind: words_per_minute(parts, kind) for kind in (MUSIC, SONG, SILENCE)},
    }


def timed_words(transcript: Transcript) -> list[Word]:
    """A transcript's words in one spelling, all with times, in order of time.

    Words without times share out their segment evenly; what normalisation leaves empty is no word.
    """
    words = [word for segment in transcript.segments for word in _timed(segment)]
    return sorted(words, key=lambda word: (word.start, word.end))


def split_words(
    reference: Sequence[Word], hypothesis: Sequence[Word], spans: Sequence[Span]
) -> list[SpanWords]:
    """The words of each span, in the order of spans."""
    ends = [span.end for span in spans]
    sorted_in = [[[] for _ in spans] for _ in (reference, hypothesis)]
    for groups, words in zip(sorted_in, (reference, hypothesis), strict=True):
        for word in words:
            middle = (word.start + word.end) / 2
            groups[min(int(np.searchsorted(ends, middle, side="right")), len(spans) - 1)].append(word)
    return [SpanWords(*row) for row in zip(spans, *sorted_in, strict=True)]


def words_per_minute(parts: Sequence[SpanWords], kind: str) -> float | None:
    """Words that were recognised in spans of a kind, a minute of them; None where there are none."""
    chosen = [part for part in parts if part.span.kind == kind]
    minutes = sum(part.span.duration for part in chosen) / MINUTE
    return sum(len(part.hypothesis) for part in chosen) / minutes if minutes else None


def _check(truth: Transcript, hypothesis: Transcript) -> None:
    if not hypothesis.is_complete:
        raise DataError("is not complete", where=hypothesis.source, mend="transcribe the film to its end")
    if hypothesis.duration < SHORTEST_FILM * truth.duration:
        what = f"has {hypothesis.duration:.1f} s of a film of {truth.duration:.1f} s"
        raise DataError(what, where=hypothesis.source, mend="transcribe this film")


def _timed(segment: Segment) -> list[Word]:
    words = [(text, word) for word in segment.words for text in normalise(word.text).split()]
    grid = np.linspace(segment.start, segment.end, len(words) + 1)
    return [
        Word(text, float(grid[index]), float(grid[index + 1]))
        if word.start is None or word.end is None
        else Word(text, word.start, word.end)
        for index, (text, word) in enumerate(words)
    ]


def _errors(parts: Sequence[SpanWords]) -> tuple[ErrorRate, ErrorRate] | tuple[None, None]:
    """Word and character errors of spans, one entry a span; None where no word is said in any."""
    if not any(part.reference for part in parts):
        return None, None
    texts = [_texts(parts, side) for side in ("reference", "hypothesis")]
    return corpus_wer(*texts), corpus_cer(*texts)


def _texts(parts: Sequence[SpanWords], side: str) -> dict[str, str]:
    return {str(part.span.scene): " ".join(word.text for word in getattr(part, side)) for part in parts}


def _errors_by_sound(parts: Sequence[SpanWords]) -> ErrorRate | None:
    """Character errors of what is heard, however the transcription spells it."""
    if not any(part.reference for part in parts):
        return None
    spelt = [
        {scene: scoring_spelling(text, LANGUAGE) for scene, text in _texts(parts, side).items()}
        for side in ("reference", "hypothesis")
    ]
    return corpus_cer(*spelt)


def _percent(errors: ErrorRate | None) -> float | None:
    return None if errors is None else errors.percent


def _interval(errors: ErrorRate | None, seed: int) -> tuple[float, float] | None:
    if errors is None:
        return None
    return bootstrap_ci95(errors.utterance_errors, errors.utterance_tokens, seed=seed)


def _snrs(spans: Sequence[Span]) -> list[float | None]:
    """The SNRs of the scenes with speech, clean (None) first, then from the highest down."""
    found = {span.snr_db for span in spans if span.kind == SPEECH}
    return sorted(found, key=lambda snr_db: (snr_db is not None, -(snr_db or 0)))


def _by_snr(snr_db: float | None, said: Sequence[SpanWords]) -> Mapping[str, Any]:
    chosen = [part for part in said if part.span.snr_db == snr_db]
    wer, cer = _errors(chosen)
    num_words = sum(len(part.reference) for part in chosen)
    return {"snr_db": snr_db, "wer": _percent(wer), "cer": _percent(cer), "num_words": num_words}


def _speakers(truth: Transcript, hypothesis: Transcript) -> dict[str, Any] | None:
    """How well speakers are told apart; None where nobody tells them apart."""
    if not any(segment.speaker for segment in hypothesis.segments):
        return None
    found, true = ([*map(_turn, one.segments)] for one in (hypothesis, truth))
    errors = score_diarization(reference=true, hypothesis=found)
    return {
        **errors.rates(),
        "cpwer": cpwer(reference=_said_by(truth), hypothesis=_said_by(hypothesis)),
        "num_found": len({turn.speaker for turn in found}),
        "num_true": len({turn.speaker for turn in true}),
    }


def _turn(segment: Segment) -> Turn:
    return Turn(segment.start, segment.end, segment.speaker or "?")


def _said_by(transcript: Transcript) -> dict[str, str]:
    """Speaker -> all their words, in order of time."""
    words: dict[str, list[str]] = {}
    for segment in transcript.segments:
        words.setdefault(segment.speaker or "?", []).extend(word.text for word in _timed(segment))
    return {name: " ".join(of) for name, of in words.items()}


def _segments(truth: Transcript, hypothesis: Transcript) -> dict[str, Any]:
    sides = {"reference": truth.segments, "hypothesis": hypothesis.segments}
    frames, whole = found_frames(**sides, duration=truth.duration), found_segments(**sides)
    return {
        "frame_precision": frames.precision,
        "frame_recall": frames.recall,
        "precision": whole.precision,
        "recall": whole.recall,
        "num_found": len(hypothesis.segments),
        "num_true": len(truth.segments),
    }
