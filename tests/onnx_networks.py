"""Networks of few layers as ONNX files, written by hand: the package onnx is none of ours."""

from pathlib import Path

FLOAT, INTS = 1, 7  # of TensorProto's types, and of an attribute's


def write_band_levels(path: Path, *, num_bands: int = 80) -> Path:
    """A stand-in for a network of voices: log mel energies (B, L, F) to how far each moves in time (B, F)."""
    axes = _text(1, "axes") + _number(8, 1) + _number(20, INTS)
    keep = _text(1, "keepdims") + _number(3, 0) + _number(20, 2)
    node = _text(1, "features") + _text(2, "vectors") + _text(4, "ReduceL2") + _part(5, axes) + _part(5, keep)
    return _write(path, [node], ("features", ["B", "L", num_bands]), ("vectors", ["B", num_bands]))


def write_loudness(path: Path, *, frame: int) -> Path:
    """A stand-in for a segmentation network: waveforms (B, 1, T) to the largest sample of a frame, twice."""
    sizes = _text(1, "kernel_shape") + _number(8, frame) + _number(20, INTS)
    steps = _text(1, "strides") + _number(8, frame) + _number(20, INTS)
    turned = _text(1, "perm") + b"".join(_number(8, axis) for axis in (0, 2, 1)) + _number(20, INTS)
    axis = _text(1, "axis") + _number(3, 2) + _number(20, 2)
    pool = _text(1, "waveforms") + _text(2, "loud") + _text(4, "MaxPool") + _part(5, sizes) + _part(5, steps)
    turn = _text(1, "loud") + _text(2, "one") + _text(4, "Transpose") + _part(5, turned)
    both = _text(1, "one") * 2 + _text(2, "activity") + _text(4, "Concat") + _part(5, axis)
    return _write(path, [pool, turn, both], ("waveforms", ["B", 1, "T"]), ("activity", ["B", "L", 2]))


def _write(path: Path, nodes: list[bytes], given: tuple, found: tuple) -> Path:
    graph = (
        b"".join(_part(1, node) for node in nodes)
        + _text(2, "graph")
        + _part(11, _value(*given))
        + _part(12, _value(*found))
    )
    path.write_bytes(_number(1, 8) + _part(8, _text(1, "") + _number(2, 13)) + _part(7, graph))
    return path


def _value(name: str, shape: list) -> bytes:
    dims = b"".join(_part(1, _number(1, one) if isinstance(one, int) else _text(2, one)) for one in shape)
    return _text(1, name) + _part(2, _part(1, _number(1, FLOAT) + _part(2, dims)))


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    found = []
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
