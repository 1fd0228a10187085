"""Files of tensors: nothing that a file says is run, whatever kind of pickle it is."""

import io
import os
import pickle
import resource
import subprocess
import sys

import pytest
import torch

from musasr import tensors
from musasr.errors import StateError


class Canary:
    """What, where it is unpickled, makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch '{self.path}'",)


def write_pickle(kind, path, canary):
    """A file of torch's three formats, or a bare pickle, that runs a command where it is unpickled."""
    value = {"state_dict": {"a": torch.ones(2)}, "callbacks": {}, "x": Canary(canary)}
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "raw":
        path.write_bytes(pickle.dumps(value))
    else:
        torch.save(value, path, _use_new_zipfile_serialization=kind == "zip")
    return path


KINDS = ("zip", "legacy", "raw")


@pytest.mark.parametrize("kind", KINDS)
def test_no_pickle_is_run(tmp_path, kind):
    path = write_pickle(kind, tmp_path / "x.pth", tmp_path / "CANARY")
    with pytest.raises(StateError, match=r"x.pth: is .*; train again"):
        tensors.load(path, mend="train again")
    with pytest.raises(StateError, match=r"x.pth: is "):
        tensors.load(path, mend="train again", mmap=True)
    assert not (tmp_path / "CANARY").exists()
    pickle.loads(pickle.dumps(Canary(tmp_path / "CANARY")))  # and it would sing
    assert (tmp_path / "CANARY").exists()


def test_what_is_written_is_read_again(tmp_path):
    value = {"a": torch.arange(3.0), "n": [1, None, "x", {"b": 2.5}]}
    tensors.save(value, tmp_path / "x.pth")
    read = tensors.load(tmp_path / "x.pth", mend="")
    assert read["n"] == value["n"]
    assert torch.equal(read["a"], value["a"])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: b"", "is empty"),
        (lambda data: data[: len(data) // 2], "is cut off"),
        (lambda data: b"garbage" * 99, "is not a readable file of weights"),
        (lambda data: data[:200] + b"\0" * (len(data) - 200), "is cut off, or holds more"),
    ],
)
def test_a_spoilt_file_is_one_line(tmp_path, spoil, message):
    content = io.BytesIO()
    torch.save({"a": torch.arange(999.0)}, content)
    (tmp_path / "x.pth").write_bytes(spoil(content.getvalue()))
    with pytest.raises(StateError, match=rf"x.pth: {message}.*; remove it"):
        tensors.load(tmp_path / "x.pth", mend="remove it")


def test_the_umask_says_the_mode_and_tmpdir_plays_no_part(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    before = os.umask(0o027)
    try:
        tensors.save({"a": torch.ones(1)}, tmp_path / "x.pth")
    finally:
        os.umask(before)
    assert oct((tmp_path / "x.pth").stat().st_mode)[-3:] == "640"


LIMITED = """
import sys, torch
from musasr import tensors
try:
    tensors.save({"a": torch.ones(100_000)}, sys.argv[1])
except OSError as error:
    print(error.strerror, error.filename)
"""


def test_a_limit_on_the_size_of_files_leaves_what_was_there(tmp_path):
    path = tmp_path / "x.pth"
    tensors.save({"a": torch.ones(1)}, path)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    words = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, preexec_fn=limit, check=True)
    assert done.stdout == f"File too large {path}\n"
    assert tensors.load(path, mend="")["a"].tolist() == [1.0]
    assert [one.name for one in tmp_path.iterdir()] == ["x.pth"]


def test_what_is_not_finite_is_named():
    weights = {"a": torch.ones(2), "b": torch.tensor([1.0, float("inf")]), "n": torch.tensor(3)}
    assert tensors.not_finite(weights) == ["b"]
