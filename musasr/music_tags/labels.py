"""What a network can answer about a track."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musasr.corpora.tagged import Track
from musasr.errors import DataError


@dataclass(frozen=True)
class Labels:
    """The answers that a network can give: stations, of which one holds, and tags; either may be empty."""

    station: tuple[str, ...]
    tags: tuple[str, ...]

    @classmethod
    def of(cls, tracks: Sequence[Track]) -> "Labels":
        """Those of the tracks, in the order of the alphabet.

        Raises:
            DataError: There are none, or some of the tracks have a station and others not.
        """
        stations = {one.station for one in tracks}
        if None in stations and len(stations) > 1:
            without = next(one.track_id for one in tracks if one.station is None)
            raise DataError("has no station, and others have", where=without, mend="give all one, or none")
        found = cls(
            tuple(sorted(filter(None, stations))), tuple(sorted({tag for one in tracks for tag in one.tags}))
        )
        if not found.station and not found.tags:
            raise DataError("no track has a station or a tag", mend="check the corpus's labels")
        return found

    def heads(self) -> list[str]:
        """The questions that have answers."""
        return [head for head in ("station", "tags") if getattr(self, head)]

    def all(self) -> tuple[str, ...]:
        """Stations and tags."""
        return self.station + self.tags

    def truth(self, track: Track) -> dict[str, np.ndarray]:
        """0 and 1 for each label of each head, float32; a tag that training never had is left out."""
        said = {"station": {track.station}, "tags": set(track.tags)}
        return {
            head: np.array([label in said[head] for label in getattr(self, head)], np.float32)
            for head in self.heads()
        }
