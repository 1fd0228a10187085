"""Scores: `recognition` (word and character errors), `separation` (SDR, SI-SDR), `transcription` (speech found
and word times), `significance` (how sure they are).
"""
