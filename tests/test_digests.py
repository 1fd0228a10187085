"""A file in the place of another is noticed, whatever its size and time say."""

import hashlib
import os

from musasr.digests import digest_of_file, digest_of_tree


def test_a_digest_is_that_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digest_of_file(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()
    assert digest_of_tree(tmp_path / "a") == digest_of_file(tmp_path / "a")


def test_another_content_of_the_same_size_and_time_is_another(tmp_path):
    path = tmp_path / "model.zip"
    path.write_bytes(b"one")
    stat, before = path.stat(), digest_of_tree(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert digest_of_tree(path) == hashlib.sha256(b"two").hexdigest() != before


def test_a_folder_is_its_files_by_their_places(tmp_path):
    for name in ("model/a/x", "model/b/x"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    before = digest_of_tree(tmp_path / "model")
    (tmp_path / "model").rename(tmp_path / "moved")
    assert digest_of_tree(tmp_path / "moved") == before
    # Once, of files of one name in two folders only the last counted.
    (tmp_path / "moved/a/x").write_text("another")
    assert digest_of_tree(tmp_path / "moved") != before


def test_what_does_not_change_is_read_once(tmp_path, monkeypatch):
    (tmp_path / "large").write_text("large")
    digest = digest_of_tree(tmp_path / "large")
    monkeypatch.setattr("musasr.digests.digest_of_file", lambda path: "read again")
    assert digest_of_tree(tmp_path / "large") == digest
