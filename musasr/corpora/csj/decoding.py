"""The corpus's text files are Shift_JIS; copies of it have been converted: look, then decode."""

import codecs
import re
from pathlib import Path

from musasr.errors import DataError

# Microsoft's Shift_JIS: it has the characters (such as ①) that the standard's codec refuses.
_ALIASES = re.compile(r"^(x-)?(shift[_-]?jis|s-?jis|windows-31j|ms932|cp932).*$", re.IGNORECASE)
# The order decides: Japanese in Shift_JIS is neither UTF-8 nor EUC, while cp932 accepts much of both.
_CANDIDATES = ("utf-8-sig", "euc_jp", "cp932")


def sniff(head: bytes, *, declared: str | None = None, where: object = None) -> str:
    """Return the codec that a text beginning with `head` is in.

    Args:
        head: Its first bytes, or all of them; a character may be cut at the end.
        declared: What the text itself says; taken if it is true.
        where: What an error names.

    Raises:
        DataError: No codec fits.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    claimed = ("cp932" if _ALIASES.match(declared) else declared,) if declared else ()
    for codec in (*claimed, *_CANDIDATES):
        if _fits(head, codec):
            return codec
    raise DataError("neither Shift_JIS, EUC-JP nor UTF-8", where=where, mend="copy the file again")


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        DataError: It cannot be read or decoded.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", where=path, mend="fix the file") from error
    codec = sniff(content, where=path)
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(f"broken {codec}", where=f"{path}:{line}", mend="copy the file again") from error


def _fits(head: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(head)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
