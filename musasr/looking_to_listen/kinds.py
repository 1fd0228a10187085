"""The kinds of mixtures: how many speak, and what is mixed in beside."""

from typing import NamedTuple


class Mixing(NamedTuple):
    """Speakers, all of whom are seen, and ``noise``, ``music`` or nothing (None) beside them."""

    num_faces: int
    beside: str | None


KINDS = {
    "1S+noise": Mixing(1, "noise"),
    "2S": Mixing(2, None),
    "2S+noise": Mixing(2, "noise"),
    "3S": Mixing(3, None),
    "1S+music": Mixing(1, "music"),
}
