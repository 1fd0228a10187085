"""The XML transcript of a talk (ID.xml): who speaks, and the words where there is no SDB."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from musasr.corpora.csj.decoding import sniff
from musasr.corpora.csj.rows import Row, milliseconds
from musasr.errors import DataError

_DECLARED = re.compile(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']""")
_MASKS = ("TagMaskStart", "TagMaskMidst", "TagMaskEnd")
_HEAD = 1 << 16
_BLOCK = 1 << 20


def read_speaker(path: Path) -> str | None:
    """Return the SpeakerID of a talk without leading zeros, or None where it has none; reads the file's head.

    Raises:
        DataError: The file is no XML.
    """
    for _, root in _events(path, ("start",), block=_HEAD):
        speaker = root.get("SpeakerID", "").strip()
        return (speaker.lstrip("0") or "0") if speaker else None
    return None


def read_rows(path: Path) -> list[Row]:
    """Return the words of a talk as `sdb.read_rows` does.

    Raises:
        DataError: The file is no XML or holds no words, or a unit has no times.
    """
    rows: list[Row] = []
    for _, element in _events(path, ("end",)):
        if element.tag == "IPU":
            rows += _rows(path, element)
            element.clear()  # phones make these files large
    if not rows:
        raise DataError("the transcript is empty", where=path, mend="copy the file again")
    return rows


def _rows(path: Path, unit: Element) -> Iterator[Row]:
    number = unit.get("IPUID", "")
    try:
        start, end = milliseconds(unit.attrib["IPUStartTime"]), milliseconds(unit.attrib["IPUEndTime"])
    except (KeyError, ValueError) as error:
        raise DataError(f"IPU {number} has no times", where=path, mend="copy the file again") from error
    for word in unit.iter("SUW"):
        yield Row(
            place=f"IPU {number}",
            unit=number,
            channel=unit.get("Channel", "L"),
            start_ms=start,
            end_ms=end,
            orthography=word.get("OrthographicTranscription", ""),
            plain=word.get("PlainOrthographicTranscription", ""),
            pronunciation=word.get("PhoneticTranscription", ""),
            part_of_speech=word.get("SUWPOS", ""),
            is_masked=any(part.get(name) == "1" for part in word.iter("TransSUW") for name in _MASKS),
        )


def _events(path: Path, events: tuple[str, ...], *, block: int = _BLOCK) -> Iterator[tuple[str, Element]]:
    """The parser's events, block by block; it gets text, since expat knows neither Shift_JIS nor EUC-JP."""
    parser = XMLPullParser(events)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        declared = _DECLARED.search(head)
        codec = sniff(head, declared=declared[1].decode() if declared else None, where=path)
        with path.open(encoding=codec) as text:
            while content := text.read(block):
                parser.feed(content)
                yield from parser.read_events()
        parser.close()
        yield from parser.read_events()
    except (ParseError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"broken XML ({error})", where=path, mend="copy the file again") from error
