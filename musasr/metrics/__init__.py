"""Scores: `recognition` (word and character errors), `separation` (SDR, SI-SDR), `transcription` (of a whole
recording: speech found, word times), `diarization` (who speaks when: DER, JER), `significance` (how sure they
are); `spelling`: one for texts of different writers.
"""
