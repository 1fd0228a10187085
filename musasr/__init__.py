"""Speech recognition that keeps working under music (Woo et al. 2020, and beyond it)."""

from typing import TYPE_CHECKING

from musasr.typechecks import Watcher

if TYPE_CHECKING:
    from musasr.api import load

__all__ = ["load"]
__version__ = "0.1.0"

Watcher.watch()


def __getattr__(name: str) -> object:
    """`load`, imported when it is asked for: the rest of the house imports this module at every start."""
    if name == "load":
        from musasr.api import load

        return load
    raise AttributeError(f"module 'musasr' has no attribute {name!r}")
