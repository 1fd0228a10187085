"""Names that Kaldi's tables and file systems take."""

import hashlib
import re
import unicodedata

NAME_BYTES = 150  # file systems take 255, and ids grow by other parts
_UNFIT = re.compile(r"[^\w.-]+")


def id_part(name: str) -> str:
    """A name as part of an id: letters of any script, digits and `._-`; the same for the same name.

    A slash becomes `_`, other marks `-`; of a long name the end is kept, with a hash of the whole.
    """
    part = _UNFIT.sub("-", unicodedata.normalize("NFC", name).replace("/", "_")).strip("-") or "x"
    if len(part.encode()) <= NAME_BYTES:
        return part
    end = part.encode()[-NAME_BYTES + 9 :].decode(errors="ignore").strip("-")
    return f"{hashlib.sha256(part.encode()).hexdigest()[:8]}-{end}"
