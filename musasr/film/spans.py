"""What a film's truth says besides words: which stretch is speech, music, silence or song, at which SNR."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from musasr.atomic import write_json
from musasr.errors import DataError

FORMAT = 1


@dataclass(frozen=True)
class Span:
    """One scene as it was made; spans follow one another without a gap.

    Attributes:
        scene: Its number, from 1.
        kind: speech, music, silence or song.
        start: Seconds.
        end: Seconds.
        snr_db: Speech over music, of the samples in which a sentence is said; None: no music, or no speech.
        genre: Of the music; None: none.
        title: The composition.
    """

    scene: int
    kind: str
    start: float
    end: float
    snr_db: float | None = None
    genre: str | None = None
    title: str | None = None

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start


def write_spans(spans: Sequence[Span], path: Path) -> None:
    """Write spans as JSON; `read_spans` gives them back."""
    write_json(path, {"format": FORMAT, "spans": [asdict(span) for span in spans]})


def read_spans(path: Path) -> list[Span]:
    """What `write_spans` wrote.

    Raises:
        DataError: The file is missing, or holds no spans of ours.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError("another format")
        return [Span(**span) for span in content["spans"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"holds no spans of a film ({error})"
        raise DataError(what, where=path, mend="make the film with musasr film make") from error
