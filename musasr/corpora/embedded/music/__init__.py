"""Public-domain scores, arranged in four styles and rendered with a General MIDI soundfont. `prepare` first.

- what is played: `catalogue` (which piece serves which set), `scores`, `harmony`
- how: `styles`, `arrange`, `layers` (bass, chords, drums ...); `render` makes the wav
- `song`, `lyrics`: popular music is sung
"""
