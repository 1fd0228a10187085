"""Which strings may become part of a path: one rule for ids, genres, conditions, systems and sections."""

import re

from musasr.errors import DataError, MusasrError

LONGEST = 200  # bytes: file systems take 255, and endings and temporary names are added
_UNFIT = re.compile(r"[/\x00-\x1f\x7f]")


def check_name(name: object, what: str, *, where: object, error: type[MusasrError] = DataError) -> str:
    """The name, if it can be that of one file in a folder, and of no other place.

    Args:
        name: What a table, a plan or a configuration calls something.
        what: What it is the name of, for the message: "utterance id".
        where: Where it stands.
        error: What is raised: DataError, unless a configuration says the name.

    Raises:
        MusasrError: It is no text or empty, has a slash or a control character, is `.` or `..`, begins with a
            dot, or is too long.
    """
    fault = _fault(name)
    if fault is not None:
        shown = repr(name) if len(repr(name)) <= 80 else repr(name)[:77] + "..."
        mend = f"use another {what}: it becomes the name of a file"
        raise error(f"the {what} {shown} {fault}", where=where, mend=mend)
    return str(name)


def _fault(name: object) -> str | None:
    """What is wrong with a name; None where nothing is."""
    if not isinstance(name, str):
        return "is no text"
    if not name:
        return "is empty"
    if name.startswith("."):
        return "begins with a dot"
    if unfit := _UNFIT.search(name):
        return "holds a slash" if unfit[0] == "/" else "holds a control character"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "is not Unicode"
    return f"is longer than {LONGEST} bytes" if size > LONGEST else None
