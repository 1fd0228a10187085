"""One word of a transcript as the corpus writes it, whichever file it stands in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A short-unit word and the inter-pausal unit that it is spoken in.

    `place` is where in its file it stands. Times are of the unit, in milliseconds. `orthography` and
    `pronunciation` hold tags; `plain` is the orthography without tags and with numbers in words.
    """

    place: str
    unit: str
    channel: str
    start_ms: int
    end_ms: int
    orthography: str
    plain: str
    pronunciation: str
    part_of_speech: str
    is_masked: bool = False


def milliseconds(seconds: str) -> int:
    """Return "00380.213" as 380213, exactly: by way of a float, "00001.001" would become 1000."""
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 1000 + int(fraction.ljust(3, "0")[:3])
