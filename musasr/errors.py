"""Errors that a user can mend: each says in one line what is wrong, where, and what to do."""


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
