"""Scores: `recognition` (word and character errors), `separation` (SDR, SI-SDR), `transcription` (of a whole
recording: speech found, word times), `diarization` (who speaks when: DER, JER), `tagging` (F1, ROC-AUC,
PR-AUC), `verification` (equal error rate of speaker vectors), `significance` (how sure they are); `spelling`:
one for texts of different writers.
"""
