"""Talking heads drawn by ourselves, whose mouths follow the synthesiser's own phonemes. `prepare` first.

- `identities`: what a face looks like, a function of its number; `motion`: how it moves and blinks
- `visemes`: what the mouth does at each phoneme; `drawing`: one picture; `films`: one clip as a video file;
  `company`: several side by side
"""
