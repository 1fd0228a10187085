"""ESPnet's checks of its arguments' types, made ready at a function's first call and not at its import."""

import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

CHECKED = "espnet2"  # the package whose functions are meant


class Watcher:
    """An import finder that finds nothing: it sees ESPnet come, does `postpone`, and is gone."""

    @staticmethod
    def watch() -> None:
        """See the first import of ESPnet in this process, where it has not been."""
        if CHECKED not in sys.modules and Watcher not in sys.meta_path:
            sys.meta_path.insert(0, Watcher)

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Nothing, as any finder says of what others shall find."""
        if name == CHECKED:
            sys.meta_path.remove(Watcher)
            postpone()


def postpone() -> None:
    """From here on typeguard compiles a function of ESPnet anew when it is called, and no other.

    Its decorator reads and rewrites the source of what it decorates. An import of ESPnet's tasks decorates
    more than 200 functions, which takes longer than all the rest of it, and a training calls a few of them.
    """
    import typeguard

    at_once = typeguard.typechecked

    @functools.wraps(at_once)
    def typechecked(target: Any = None, **options: Any) -> Any:
        if isinstance(target, FunctionType) and not options and target.__module__.split(".")[0] == CHECKED:
            return _at_first_call(target, at_once)
        return at_once(target, **options)

    typeguard.typechecked = typechecked


def _at_first_call[**Given, Result](
    function: Callable[Given, Result], check: Callable[..., Callable[Given, Result]]
) -> Callable[Given, Result]:
    """The function, which is replaced by check(function) when it is first called."""
    checked: Callable[Given, Result] | None = None

    @functools.wraps(function)
    def call(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        nonlocal checked
        if checked is None:
            checked = check(function)
        return checked(*args, **kwargs)

    return call
