"""What may be wrong with a corpus: how bad each fault is, in words, and the mend."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

ERROR, WARNING = "error", "warning"
MAX_EXAMPLES = 3

# kind -> (severity, what it means, what to do about it)
FAULTS = {
    "invalid": (ERROR, "breaks a rule of Kaldi's data dirs", "mend that line, or prepare the corpus again"),
    "broken": (ERROR, "cut off or cannot be decoded", "make the file again, or take it out of the corpus"),
    "empty": (ERROR, "holds no audio", "take it out of the corpus"),
    "nan": (ERROR, "holds NaN or infinite samples", "make the file again"),
    "silent": (ERROR, "every sample is 0", "take it out of the corpus: it has no SNR"),
    "rate": (ERROR, "another sampling rate than the recipe's", "prepare the corpus again"),
    "channels": (ERROR, "more than one channel", "prepare the corpus again"),
    "length": (ERROR, "another length than its table says", "remove the file and prepare the corpus again"),
    "long": (ERROR, "longer than inspection.max_seconds", "cut it into utterances, or raise the limit"),
    "dense": (
        ERROR,
        "more units than the encoder has frames",
        "check its times and transcript, or take it out",
    ),
    "genre": (ERROR, "mixing.test.genres names a genre without test music", "add titles, or drop the genre"),
    "id leak": (ERROR, "the same id in both", "give each utterance one set"),
    "speaker leak": (ERROR, "the same speaker in both: WER will flatter", "split by speaker"),
    "title leak": (ERROR, "the same title in both", "keep each title on one side"),
    "content leak": (ERROR, "the same audio in both", "keep each recording on one side"),
    "faint": (WARNING, "level below inspection.silence_db", "listen to it: is anyone speaking or playing?"),
    "clipped": (
        WARNING,
        "clipped: more at full scale than inspection.clipped_fraction",
        "take a better copy",
    ),
    "wordy": (
        WARNING,
        "more characters than the encoder has frames",
        "check again after musasr prepare units",
    ),
    "repeated": (WARNING, "the same audio as another of its set", "remove the copies"),
    "shared speaker": (WARNING, "the same speaker in both", "split by speaker where you can"),
    "shared name": (WARNING, "titles of one name in both", "check that they are not one title"),
}


@dataclass(frozen=True)
class Finding:
    """A fault, how often it was found in a set (or between two), and the first few places."""

    kind: str
    severity: str
    corpus: str
    set_name: str
    count: int
    what: str
    examples: list[str]
    mend: str


@dataclass
class Tally:
    """Counts faults as they come, and remembers no more than a few of each."""

    _found: dict[tuple[str, str, str], tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, corpus: str, set_name: str, kind: str, examples: Iterable[str], *, count: int = 1) -> None:
        """Count a fault `count` times."""
        before, known = self._found.get((corpus, set_name, kind), (0, []))
        known = [*known, *examples][:MAX_EXAMPLES]
        self._found[corpus, set_name, kind] = (before + count, known)

    def findings(self) -> list[Finding]:
        """What was found, errors first."""
        return sorted(self._findings(), key=lambda one: (one.severity != ERROR, one.corpus == "music"))

    def _findings(self) -> Iterator[Finding]:
        for (corpus, set_name, kind), (count, examples) in self._found.items():
            severity, what, mend = FAULTS[kind]
            yield Finding(kind, severity, corpus, set_name, count, what, examples, mend)


def as_plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as JSON holds them."""
    return [asdict(finding) for finding in findings]
