"""Kaldi data dirs: read, write, validate."""

from musasr.kaldi.dirs import (
    Piece,
    Utterance,
    read_music_dir,
    read_utterances,
    write_music_dir,
    write_speech_dir,
)
from musasr.kaldi.rules import FORBIDDEN_WORDS, DataDirCounts, validate
from musasr.kaldi.tables import invert, read_table, write_table

__all__ = [
    "FORBIDDEN_WORDS",
    "DataDirCounts",
    "Piece",
    "Utterance",
    "invert",
    "read_music_dir",
    "read_table",
    "read_utterances",
    "validate",
    "write_music_dir",
    "write_speech_dir",
    "write_table",
]
