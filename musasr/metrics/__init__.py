"""Scores: `recognition` (word and character errors), `separation` (SDR, SI-SDR), `transcription` (of a whole
recording: speech found, word times), `significance` (how sure they are), `verification` (same speaker
or not), `tagging` (tags and classes); `spelling`: one for texts of different writers.
"""
