"""What was found, used and left out, as csj.json; official test sets are held against their known sizes."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from musasr.atomic import write_json
from musasr.corpora.csj.layout import Corpus
from musasr.corpora.csj.official import EXPECTED, TEST_SETS, Size
from musasr.corpora.csj.selection import Selection
from musasr.corpora.csj.transcripts import Rules, Transcript
from musasr.kaldi import read_table

_log = logging.getLogger(__name__)

STANDARD = Rules("orthography", max_gap_ms=500, max_ms=10_000)
"""How the standard recipe makes the utterances that `official.EXPECTED` counts."""


def describe_set(directory: Path, read: Sequence[Transcript], *, sampling_rate: int) -> dict[str, object]:
    """Return how much a data dir holds, and what its transcripts were made of; unknown tags are a warning."""
    counts = sum((transcript.counts for transcript in read), Counter())
    if unknown := sorted(name for name in counts if name.startswith("unknown")):
        _log.warning("%s: %s; of these the text is kept as it is", directory, ", ".join(unknown))
    samples = sum(int(count) for count in read_table(directory / "utt2num_samples").values())
    size = Size.of(read_table(directory / "text").values())
    return {
        "talks": len(read),
        "hours": round(samples / sampling_rate / 3600, 3),
        "utterances": size.num_utterances,
        "characters": size.num_characters,
        **dict(sorted(counts.items())),
    }


def write(
    output: Path,
    *,
    corpus: Corpus,
    speakers: Mapping[str, str],
    selection: Selection,
    sets: Mapping[str, object],
    rules: Rules,
) -> None:
    """Write output/csj.json; a test set of another size than the standard recipe's is a warning too.

    Args:
        output: Where the data dirs are.
        corpus: What was found.
        speakers: Talk id -> speaker of the talks whose speaker is known.
        selection: The talks of the sets.
        sets: Set -> what `describe_set` says of it.
        rules: How utterances were made: sizes are known for the standard's rules only.
    """
    inventory = {
        "talks": len(corpus.talks),
        "talks of known speakers": len(speakers),
        "sets": sets,
        "official tests": _compare(output, selection) if rules == STANDARD else {},
        "left out of training": selection.left_out,
    }
    write_json(output / "csj.json", inventory)


def _compare(output: Path, selection: Selection) -> dict[str, object]:
    """The sizes of those test sets of which all talks were asked for, beside the known ones."""
    compared = {}
    for name, expected in EXPECTED.items():
        for set_name in ("dev", "test"):
            if not set(TEST_SETS[name]) <= set(getattr(selection, set_name)):
                continue
            texts = read_table(output / set_name / "text").items()
            found = Size.of(words for key, words in texts if key[:8] in TEST_SETS[name])
            compared[name] = {"found": asdict(found), "expected": asdict(expected)}
            if found != expected:
                _log.warning("%s: %s has %s; the standard recipe finds %s", output, name, found, expected)
    return compared
