"""A recording of any length into words and subtitles.

- `transcript`: what a transcription is, in memory and as JSON: read this first
"""
