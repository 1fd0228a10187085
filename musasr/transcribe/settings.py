"""The settings of a transcription: conf/transcribe.yaml and conf/separation.yaml, with a user's changes."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.diarizers.segmenters import check_segmenter
from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.schema import check_transcription
from musasr.recipe.transcription_keys import AUTO, FILES, MIXTURE, SEPARATED

SPEECH_NETWORK = config.CONF.parent / "tools/weights/pyannet.pt"  # tools/speech_network.sh fetches it


def load_settings(changes: Sequence[str] = ()) -> dict[str, Any]:
    """All sections, checked.

    Args:
        changes: Such as ``segments.onset=0.6``.

    Raises:
        ConfigError: A key is unknown, or a value is none that it takes, or makes no sense beside another.
    """
    settings: dict[str, Any] = {}
    for name in FILES:
        settings |= config.load(config.CONF / name)
    settings = config.with_settings(settings, changes)
    check_transcription(settings, where="conf/transcribe.yaml")
    settings["segments"] |= _detector(settings["segments"])
    _check_segments(settings["segments"])
    gate = settings["input"]["gate"]
    if gate["low_db"] > gate["high_db"]:
        what = f"low_db {gate['low_db']} is above high_db {gate['high_db']}"
        raise ConfigError(what, where="input.gate", mend="give low_db <= high_db")
    return settings


def _detector(segments: Mapping[str, Any]) -> dict[str, Any]:
    """The network that finds speech, and what it hears, where the settings leave it to us.

    Silero hears no speech under loud music, so it is given what is separated. PyanNet does, and better in the
    mixture than in what a separator leaves (egs/mini/RESULTS.md).
    """
    segmenter, searched = segments["segmenter"], segments["searched"]
    if segmenter == AUTO:
        segmenter = str(SPEECH_NETWORK) if SPEECH_NETWORK.is_file() else None
    if searched == AUTO:
        searched = MIXTURE if segmenter else SEPARATED
    return {"segmenter": segmenter, "searched": searched}


def note_speech_network(settings: Mapping[str, Any]) -> None:
    """Say what would hear speech better, where it is not there."""
    if settings["segments"]["segmenter"] is None and not SPEECH_NETWORK.is_file():
        mend = "tools/speech_network.sh gets a network that does (6 MB)"
        print(f"musasr: speech under loud music may not be found; {mend}", file=sys.stderr)


def _check_segments(segments: Mapping[str, Any]) -> None:
    if segments["segmenter"] is not None:
        check_segmenter(Path(segments["segmenter"]), key="segments.segmenter")
    if segments["offset"] > segments["onset"]:
        what = f"offset {segments['offset']} is above onset {segments['onset']}"
        raise ConfigError(what, where="segments", mend="give 0 < offset <= onset < 1")
    for key in ("min_speech", "min_silence", "padding"):
        if segments[key] >= segments["max_seconds"]:
            what = f"{key} {segments[key]} is not below max_seconds"
            raise ConfigError(what, where=f"segments.{key}", mend="give seconds, less than max_seconds")
