"""Utterances: units that short pauses divide, joined by the rule of Kaldi's and ESPnet's recipes."""

from collections.abc import Iterable, Iterator

from musasr.corpora.csj.words import Unit


def merge(units: Iterable[Unit], *, max_gap_ms: int, max_ms: int) -> Iterator[list[Unit]]:
    """Yield the units of each utterance, in order.

    The next unit joins if the pause before it is at most `max_gap_ms`, what is joined already is at most
    `max_ms` long (so an utterance may be longer by one unit), and the channel is the same; it joins anyway
    where it holds the rest of a word. Units without a word do not count, unless audio in them is masked.
    """
    joined: list[Unit] = []
    for unit in units:
        if not (unit.words or unit.is_masked or unit.goes_on):
            continue
        if joined and not _joins(joined, unit, max_gap_ms, max_ms):
            yield joined
            joined = []
        joined.append(unit)
    if joined:
        yield joined


def _joins(joined: list[Unit], unit: Unit, max_gap_ms: int, max_ms: int) -> bool:
    first, last = joined[0], joined[-1]
    if unit.channel != last.channel:
        return False
    if last.goes_on:
        return True
    return unit.start_ms - last.end_ms <= max_gap_ms and last.end_ms - first.start_ms <= max_ms
