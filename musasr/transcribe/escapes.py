"""Text in a subtitle format that would read some of its characters as mark-up."""

# SRT and ASS have no way to escape all of these that every player knows: they are shown by what looks alike.
_LOOK_ALIKE = {"{": "｛", "}": "｝", "\\": "＼"}
# SRT: players take <i> and {\an8} for mark-up, and --> for a line of times.
SRT = str.maketrans({**_LOOK_ALIKE, "<": "‹", ">": "›"})
_ASS = str.maketrans(_LOOK_ALIKE)
# WebVTT has character references; a backslash is none of its marks, but pysubs2 takes \N for a line end.
_VTT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "＼"})
_TABLES = {"srt": SRT, "ass": _ASS, "vtt": _VTT}


def escaped(line: str, kind: str) -> str:
    """A line of a cue as it stands in a file of that kind: srt, vtt or ass."""
    return line.translate(_TABLES[kind])


def field(name: str) -> str:
    """A speaker's name as a field of ass, which commas and line ends would end."""
    return " ".join(name.replace(",", " ").translate(_ASS).split())
