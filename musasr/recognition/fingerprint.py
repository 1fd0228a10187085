"""Digests of files, models and settings: whether what is there was made of the same things."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def digest_of_file(path: Path) -> str:
    """Of a file's content: its name and place do not count."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_model(path: Path) -> str:
    """Of a trained system's folder (its weights and configuration), or of a model that is one file."""
    if path.is_file():
        return digest_of_file(path)
    from musasr.tasks.folder import CONFIG_FILE, WEIGHTS_FILE

    return digest_of({name: digest_of_file(path / name) for name in (CONFIG_FILE, WEIGHTS_FILE)})


def digest_of(values: Mapping[str, Any]) -> str:
    """Of plain values, whatever their order."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
