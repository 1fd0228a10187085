import json

import pytest

from musasr.atomic import replacing, write_json, write_text


def test_a_file_appears_when_the_block_ends(tmp_path):
    with replacing(tmp_path / "new" / "a.wav") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path / "new", ".wav")
        temporary.write_bytes(b"whole")
        assert not (tmp_path / "new" / "a.wav").exists()
    assert (tmp_path / "new" / "a.wav").read_bytes() == b"whole"


def die_halfway(path):
    with replacing(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(KeyboardInterrupt):
        die_halfway(tmp_path / "a.txt")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_text_and_json_are_utf8(tmp_path):
    assert write_text(tmp_path / "a", "音\n") == tmp_path / "a"
    assert (tmp_path / "a").read_bytes() == "音\n".encode()
    write_json(tmp_path / "b", {"語": [1, None]})
    assert json.loads((tmp_path / "b").read_text(encoding="utf-8")) == {"語": [1, None]}
    assert "語" in (tmp_path / "b").read_text(encoding="utf-8")
