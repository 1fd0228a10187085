"""Pieces of music whose station and tags are known, since they follow from how each piece was made.

`rules` first: which tag holds of what. `intents` (what is drawn for a piece of each station), `compose`
(tunes in a known mode), `prepare` (scores and tunes to wavs and the table of tracks).
"""
