"""Errors that a user can mend: each says in one line what is wrong, where, and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches
from reprlib import Repr

MOST_NAMES = 12  # that a message lists
# Old name -> the name that a key, column or option has now.
RENAMED = {"dev_share": "dev_fraction", "test_share": "test_fraction", "share": "fraction"}
# Old key -> what to write instead, where that is more than another name in the same place.
MOVED = {"filterbank_init": "write init: fourier (or random) in enh_encoder_conf and enh_decoder_conf"}

# A value in a message: a line's worth, however large it is.
_SHORT = Repr(maxlevel=3, maxdict=8, maxlist=8, maxstring=80, maxlong=40, maxother=80)


class MusasrError(Exception):
    """A mistake outside our code; the command line prints it as one line, without a traceback."""

    def __init__(self, what: str, *, where: object = None, mend: str | None = None):
        """Compose the line.

        Args:
            what: The fault, as a clause ("unknown key 'sede'").
            where: The file, line, key or option it was found at.
            mend: What to do about it, as an imperative ("did you mean 'seed'?").
        """
        self.what, self.where, self.mend = what, where, mend
        place = f"{where}: " if where is not None else ""
        advice = f"; {mend}" if mend else ""
        super().__init__(f"{place}{what}{advice}")


class ConfigError(MusasrError):
    """A configuration file, key or command-line option is wrong."""


class DataError(MusasrError):
    """A corpus, a data dir or an audio file is wrong."""


class StateError(MusasrError):
    """A working directory does not hold what a stage needs, or holds what another run made."""


def shown(value: object) -> str:
    """A value as a message shows it: as Python spells it, cut to about a line."""
    return _SHORT.repr(value).replace("\n", " ")


def suggest(name: object, known: Iterable[str]) -> str:
    """What to do about a name that is not known: take the one most like it, or one of the known."""
    known = [str(one) for one in known]
    if str(name) in MOVED:
        return MOVED[str(name)]
    if RENAMED.get(str(name)) in known:
        return f"it is called {RENAMED[str(name)]!r} now"
    close = get_close_matches(str(name), known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known here: {', '.join(known[:MOST_NAMES])}{' ...' if len(known) > MOST_NAMES else ''}"


def unknown_key(key: object, known: Iterable[str], *, where: str) -> ConfigError:
    """The error for a key that is not known, with the known one that is most like it."""
    return ConfigError(f"unknown key {shown(key)}", where=where, mend=suggest(key, sorted(known)))
