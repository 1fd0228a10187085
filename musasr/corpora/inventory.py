"""What a corpus preparation left out, and why: counts in, counts out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Skipped:
    """One item of a corpus that could not be used."""

    name: str
    reason: str
