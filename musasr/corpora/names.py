"""Names that Kaldi's tables and file systems take."""

import hashlib
import re
import unicodedata

NAME_BYTES = 150  # file systems take 255, and ids grow by other parts
_UNFIT = re.compile(r"[^\w.-]+")


def id_part(name: str, *, most: int = NAME_BYTES) -> str:
    """A name as part of an id: letters of any script, digits and `._-`; the same for the same name.

    A slash becomes `_`, other marks `-`; of a name of more than `most` bytes the end is kept, with a hash of
    the whole.
    """
    part = _UNFIT.sub("-", unicodedata.normalize("NFC", name).replace("/", "_")).strip("-") or "x"
    if len(part.encode()) <= most:
        return part
    end = part.encode()[-most + 9 :].decode(errors="ignore").strip("-")
    return f"{hashlib.sha256(part.encode()).hexdigest()[:8]}-{end}"
