"""Who gives which talk: the corpus's own speaker numbers, where the copy at hand has them."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from musasr.corpora.contract import Skipped
from musasr.corpora.csj import base_xml
from musasr.corpora.csj.decoding import read_text
from musasr.corpora.csj.layout import Corpus, Talk
from musasr.errors import DataError
from musasr.parallel import map_in_order

_TALK, _SPEAKER = "講演ID", "講演者ID"
_BATCH = 32  # files of which a process reads the heads at once


def find(corpus: Corpus, *, num_jobs: int) -> tuple[dict[str, str], list[Skipped]]:
    """Return talk id -> speaker number of the talks whose speaker is known, and what could not be read.

    XML files come first, since they stand beside the talk; fileList.csv and the tables of DATA fill the gaps.

    Args:
        corpus: The copy of the corpus.
        num_jobs: How many processes read.
    """
    known: dict[str, str] = {}
    broken: list[Skipped] = []
    for table in corpus.tables:
        try:
            known |= {talk: speaker for talk, speaker in _read_table(table).items() if talk not in known}
        except (DataError, csv.Error) as error:
            broken.append(Skipped(str(table), str(error)))
    with_xml = [talk for talk in corpus.talks.values() if talk.xml]
    read = map_in_order(_speaker, with_xml, num_jobs=num_jobs, batch=_BATCH)
    for talk, (speaker, errors) in zip(with_xml, read, strict=True):
        if speaker is not None:
            known[talk.talk_id] = speaker
        broken += errors
    return {talk_id: known[talk_id] for talk_id in corpus.talks if talk_id in known}, broken


def _speaker(talk: Talk) -> tuple[str | None, list[Skipped]]:
    broken = []
    for path in talk.xml:
        try:
            speaker = base_xml.read_speaker(path)
        except DataError as error:
            broken.append(Skipped(str(path), str(error)))
            continue
        if speaker is not None:
            return speaker, broken
    return None, broken


def _read_table(path: Path) -> Mapping[str, str]:
    """Talk -> speaker from a table of talks, or of speakers with their talks (separated by colons)."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    if not {_TALK, _SPEAKER} <= set(reader.fieldnames or ()):
        return {}
    return {
        talk_id.strip(): row[_SPEAKER].strip().lstrip("0") or "0"
        for row in reader
        if (row[_SPEAKER] or "").strip()
        for talk_id in (row[_TALK] or "").split(":")
    }
