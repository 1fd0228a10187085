"""Where music is heard, by how loud it and speech are."""

import numpy as np

from musasr.kaldi.rttm import Span
from musasr.transcribe.transcript import Levels

# On a film of ten minutes the estimate of the music lay 18 dB below clean speech, whose rest it was, and 7 dB
# below speech at an SNR of 10 dB; silence was at -78 dB.
LEAST_MUSIC_DB = -50.0
MUSIC_BELOW_SPEECH_DB = 15.0


def music_spans(levels: Levels) -> list[Span]:
    """Start and end, seconds, of each stretch of music that is heard and no mere rest of the speech."""
    speech, music = np.asarray(levels.speech_db), np.asarray(levels.music_db)
    is_music = (music >= LEAST_MUSIC_DB) & (music >= speech - MUSIC_BELOW_SPEECH_DB)
    edges = np.flatnonzero(np.diff(is_music, prepend=False, append=False)) * levels.seconds
    return [(round(start, 3), round(end, 3)) for start, end in edges.reshape(-1, 2).tolist()]
