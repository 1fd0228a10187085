"""A network of one input as an ONNX file."""

from pathlib import Path
from typing import Any

from musasr.errors import StateError


def open_network(path: Path, *, num_axes: tuple[int, ...], mend: str) -> Any:
    """The session of onnxruntime that runs it.

    Args:
        path: The file.
        num_axes: How many its input may have.
        mend: What the user should name instead of a file that does not serve.

    Raises:
        StateError: The file is none that onnxruntime can run, or wants another input.
    """
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has one type for each fault, and no common one
        raise StateError("is no network that ONNX can run", where=path, mend=mend) from error
    first, *others = session.get_inputs()
    if others or len(first.shape) not in num_axes:
        shapes = ", ".join(f"{one.name} {one.shape}" for one in (first, *others))
        raise StateError(f"takes {shapes}", where=path, mend=mend)
    return session
