"""Files inside a page."""

from base64 import b64encode


def data_uri(content: bytes, media_type: str) -> str:
    """A file's bytes as an address that needs no other file."""
    return f"data:{media_type};base64,{b64encode(content).decode('ascii')}"
