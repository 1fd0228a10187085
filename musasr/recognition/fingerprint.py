"""Digests of trained models: whether what is there was made by the same one."""

from pathlib import Path

from musasr.digests import digest_of, digest_of_file


def digest_of_model(path: Path) -> str:
    """Of a trained system's folder (its weights and configuration), or of a model that is one file."""
    if path.is_file():
        return digest_of_file(path)
    from musasr.tasks.folder import CONFIG_FILE, WEIGHTS_FILE

    return digest_of({name: digest_of_file(path / name) for name in (CONFIG_FILE, WEIGHTS_FILE)})
