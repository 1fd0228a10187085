"""Sounds of known collections: `layouts` reads their tables, `prepare` converts them."""
