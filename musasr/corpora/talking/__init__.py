"""Films of one speaker each, whose face is seen: corpora of clips, and what a separator is given of them.

- `clips`: a set's table of clips; `readers`: AVSpeech, GRID, LRS and folders into such tables
- `layout`: where faces stand in a picture; `tracks`: a face's crops out of a film, at the model's rates
- `detectors`: faces of a picture, found; `tracking`: those of a film, joined, and who of them speaks
- `prepared`: sound and faces of every clip of a set, ready for training
"""
