"""Speech and music into mixtures with their parts. Each is a function of (seed, epoch, utterance id),
or of a table.

- `gain`: levels, SNR, loops; `draw`: which cut of which piece; `rooms` and `acoustics`: where it sounds
- `dynamic`: the loader's mixer, for training
- `plan`: the table of test mixtures, drawn once; `testset`: the test set under any condition of it
"""
