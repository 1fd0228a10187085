"""Networks of one layer as ONNX files, written by hand: the package onnx is none of ours."""

from pathlib import Path

FLOAT, INTS = 1, 7  # of TensorProto's types, and of an attribute's


def write_band_levels(path: Path, *, num_bands: int = 80) -> Path:
    """A stand-in for a network of voices: log mel energies (B, L, F) to how far each moves in time (B, F)."""
    axes = _text(1, "axes") + _number(8, 1) + _number(20, INTS)
    keep = _text(1, "keepdims") + _number(3, 0) + _number(20, 2)
    node = _text(1, "features") + _text(2, "vectors") + _text(4, "ReduceL2") + _part(5, axes) + _part(5, keep)
    return _write(path, node, ("features", ["B", "L", num_bands]), ("vectors", ["B", num_bands]))


def _write(path: Path, node: bytes, given: tuple, found: tuple) -> Path:
    graph = _part(1, node) + _text(2, "graph") + _part(11, _value(*given)) + _part(12, _value(*found))
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
