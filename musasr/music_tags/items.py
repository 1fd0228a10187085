"""What a network is trained on: crops of tracks' features, masked and mixed as a variant asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr.classification.batches import cut
from musasr.corpora.tagged import Track
from musasr.errors import DataError
from musasr.music_tags.features import read_features


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


class TagItems:
    """Crops of training's tracks, from drawn places, and of dev's, from their middle."""

    def __init__(
        self,
        sets: Mapping[str, tuple[Sequence[Track], Path]],
        labels: Labels,
        *,
        num_frames: int,
        mixup: float = 0.0,
        masked_bands: int = 0,
    ):
        """Hold the tracks.

        Args:
            sets: Tracks and the folder of their features for ``train`` and ``valid``.
            labels: What is asked.
            num_frames: L of a crop; what is shorter is repeated.
            mixup: Two training crops are mixed by Beta(mixup, mixup), and their labels; 0: none are.
            masked_bands: Training masks a drawn number of bands up to this; 0: none.
        """
        self.labels, self.num_frames = labels, num_frames
        self.mixup, self.masked_bands = mixup, masked_bands
        self.folders = {mode: folder for mode, (_, folder) in sets.items()}
        self.tracks = {mode: {one.track_id: one for one in tracks} for mode, (tracks, _) in sets.items()}

    def ids(self, mode: str) -> Sequence[str]:
        """The tracks' ids."""
        return list(self.tracks[mode])

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> dict[str, np.ndarray]:
        """Features (F, L) and the truth of each head."""
        features = read_features(self.folders[mode], item_id)
        crop = cut(features, self.num_frames, generator if mode == "train" else None).astype(np.float32)
        if mode == "train" and self.masked_bands:
            crop = mask_bands(crop, self.masked_bands, generator)
        return {"features": crop, **self.labels.truth(self.tracks[mode][item_id])}

    def finish(
        self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """The batch, mixed with itself in another order where that is asked for."""
        if mode != "train" or not self.mixup:
            return batch
        share = np.float32(generator.beta(self.mixup, self.mixup))
        others = generator.permutation(len(batch["features"]))
        return {name: share * one + (1 - share) * one[others] for name, one in batch.items()}


def mask_bands(features: np.ndarray, most: int, generator: np.random.Generator) -> np.ndarray:
    """The features (F, L) with up to so many neighbouring bands at 0, which is silence."""
    width = int(generator.integers(most + 1))
    first = int(generator.integers(len(features) - width + 1))
    masked = features.copy()
    masked[first : first + width] = 0
    return masked
