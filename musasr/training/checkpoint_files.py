"""How Lightning's checkpoints come to the disk and back: whole or absent, with nothing in them that runs."""

from pathlib import Path
from typing import Any

from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO

from musasr import tensors
from musasr.errors import StateError

MEND = "remove it: the training then begins anew"
KEYS = ("epoch", "global_step", "state_dict", "loops", "callbacks", "optimizer_states")


class CheckpointFiles(CheckpointIO):
    """Writes beside the target and renames, with the umask's mode; reads tensors and plain values alone.

    Lightning's own writes to TMPDIR and moves: a copy, if that is another file system, which a kill cuts
    in two; and on going on it unpickles, which runs whatever a file asks for.
    """

    def __init__(self, directory: Path):
        """Say where they are: it removes files in this folder alone."""
        self.directory = directory.resolve()

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint, whole or not at all.

        Raises:
            StateError: The weights are broken: the state before it stays.
        """
        if broken := tensors.not_finite(checkpoint["state_dict"]):
            what = f"the weights would hold NaN or infinite values ({broken[0]})"
            mend = "lower optim_conf.lr or grad_clip, and go on from the state before"
            raise StateError(what, where=path, mend=mend)
        tensors.save(_plain(checkpoint), path)

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read a checkpoint into main memory, whatever is asked for.

        Raises:
            StateError: It is broken, or no checkpoint of a training.
        """
        return read(path)

    def remove_checkpoint(self, path: Any) -> None:
        """Remove one that is no longer among the best; a state may name files that are not ours to remove."""
        path = Path(path)
        if path.parent.resolve() == self.directory and path.suffix == ".ckpt":
            path.unlink(missing_ok=True)


def read(path: str | Path, *, mmap: bool = False) -> dict[str, Any]:
    """A checkpoint's state.

    Raises:
        StateError: It is broken, or no checkpoint of a training.
    """
    state = tensors.load(path, mend=MEND, mmap=mmap)
    if not isinstance(state, dict) or not all(key in state for key in KEYS):
        raise StateError("is no state of a training", where=path, mend=MEND)
    return state


def _plain(value: Any) -> Any:
    """The value without classes of Python's or Lightning's that tensors and plain values can stand for."""
    if isinstance(value, dict):  # an OrderedDict among them
        return {_plain(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(one) for one in value) if type(value) in (list, tuple) else list(value)
    if isinstance(value, Path):
        return str(value)
    return value
