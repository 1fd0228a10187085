"""Kaldi data dirs: read, write, validate; `rttm`: who speaks when."""

from musasr.kaldi.columns import FORBIDDEN_WORDS
from musasr.kaldi.dirs import (
    Piece,
    Utterance,
    is_music_dir,
    iter_utterances,
    read_music_dir,
    read_utterances,
    remove_music_dir,
    write_music_dir,
    write_speech_dir,
)
from musasr.kaldi.rules import DataDirCounts, validate
from musasr.kaldi.tables import iter_table, read_table, table_writer, write_table

__all__ = [
    "FORBIDDEN_WORDS",
    "DataDirCounts",
    "Piece",
    "Utterance",
    "is_music_dir",
    "iter_table",
    "iter_utterances",
    "read_music_dir",
    "read_table",
    "read_utterances",
    "remove_music_dir",
    "table_writer",
    "validate",
    "write_music_dir",
    "write_speech_dir",
    "write_table",
]
