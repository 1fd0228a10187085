"""A lint of prepared corpora: what would spoil training, and what to do about it."""
