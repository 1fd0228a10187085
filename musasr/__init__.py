"""Speech recognition that keeps working under music (Woo et al. 2020, and beyond it)."""

__version__ = "0.1.0"
