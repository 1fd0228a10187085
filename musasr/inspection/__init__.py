"""A lint of prepared corpora: what would spoil training, and what to do about it.

`inspect` is where to begin; `sets` looks at a set, `items` and `measures` at a file, `leaks` at two sets,
`faults` is what is found, `terminal` how it is shown.
"""
