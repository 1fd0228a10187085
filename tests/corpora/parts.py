"""Preparing a corpus as the jobs of an array do it, and what then lies in its folder."""

import shutil

from musasr.parallel import JobPart


def run_in_parts(prepare, output, num_parts=3):
    """Call prepare(output, part=...) for part 0, the parts from last to first, and the whole."""
    for part in (0, *range(num_parts, 0, -1)):
        assert prepare(output, part=JobPart(part, num_parts)) == []
        assert not list(output.rglob("wav.scp"))
    return prepare(output, part=JobPart())


def are_of_no_consequence(prepare, output):
    """Whether prepare(output, part=...) in parts makes the bytes that it makes in one piece."""
    run_in_parts(prepare, output)
    in_parts = contents(output)
    shutil.rmtree(output)
    prepare(output, part=JobPart())
    return contents(output) == in_parts


def contents(folder):
    """Relative path -> bytes of every file, with the folder's own name taken out."""
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(str(folder).encode(), b"")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def wavs(folder):
    """Relative path -> when it was written, of every wav."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*.wav")}
