"""The folder of a BERT that a user has: its vocabulary and its weights; nothing in it is run."""

from pathlib import Path
from typing import Any

from musasr.digests import digest_of, digest_of_file
from musasr.errors import ConfigError, StateError

VOCABULARY = "vocab.txt"
MEND = "give another BERT, or make the folder again"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the first that is there


def files_of(folder: str | Path) -> tuple[Path, Path]:
    """Vocabulary and weights.

    Raises:
        ConfigError: One of them is not there.
    """
    folder = Path(folder)
    vocabulary = folder / VOCABULARY
    weights = next((folder / name for name in WEIGHTS if (folder / name).is_file()), folder / WEIGHTS[0])
    for path in (vocabulary, weights):
        if not path.is_file():
            mend = "give the folder of a BERT; tools/text_network.sh makes one"
            raise ConfigError(f"has no {path.name}", where=folder, mend=mend)
    return vocabulary, weights


def digest_of_bert(folder: str | Path) -> str:
    """Of the content of both files, wherever they lie."""
    return digest_of([digest_of_file(path) for path in files_of(folder)])


def load_weights(folder: str | Path) -> dict[str, Any]:
    """The tensors, by their names.

    Raises:
        StateError: The file is broken.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from musasr import tensors  # takes seconds, and a folder's digest needs none of it

    _, weights = files_of(folder)
    if weights.suffix != ".safetensors":
        return tensors.load(weights, mend=MEND)
    try:
        return load_file(weights)
    except SafetensorError as error:
        raise StateError("is broken: it holds no tensors", where=weights, mend=MEND) from error
