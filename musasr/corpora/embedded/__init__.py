"""Corpora made on the spot from packages alone: synthesised speech, rendered scores. Nothing is fetched."""
