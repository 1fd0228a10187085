"""Scores: `recognition` (word and character errors), `separation` (SDR, SI-SDR), `significance` (how
sure they are); `spelling`: one for texts of different writers.
"""
