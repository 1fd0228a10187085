"""ESPnet's checks of its arguments' types, made ready at a function's first call and not at its import."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

CHECKED = "espnet2"  # the package whose functions are meant


@contextmanager
def at_first_call() -> Iterator[None]:
    """While ESPnet is imported in here, typeguard compiles none of its functions: each when it is called.

    Its decorator reads and rewrites the source of what it decorates. An import of ESPnet's tasks decorates
    more than 200 functions, which takes as long as all the rest of it, and a training calls a few of them.
    """
    import typeguard

    at_once = typeguard.typechecked

    @functools.wraps(at_once)
    def typechecked(target: Any = None, **options: Any) -> Any:
        if isinstance(target, FunctionType) and not options and target.__module__.split(".")[0] == CHECKED:
            return _at_first_call(target, at_once)
        return at_once(target, **options)

    typeguard.typechecked = typechecked
    try:
        yield
    finally:
        typeguard.typechecked = at_once


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
