"""No pickle is loaded by a process of ours, whichever library opens the file."""

import os

FORCE, FORBID = "TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"  # torch's own variables


def forbid() -> None:
    """From here on torch.load takes tensors and plain values alone, in this process and in its children.

    What a library asks for is overruled, and so are the variables of torch and ESPnet that let pickles in.
    """
    os.environ[FORCE] = "1"
    for name in (FORBID, "ESPNET_ALLOW_UNSAFE_TORCH_LOAD"):
        os.environ.pop(name, None)
