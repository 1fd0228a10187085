"""What a network is trained on: crops of tracks' features, masked and mixed as a variant asks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from musasr.classification.batches import cut
from musasr.corpora.tagged import Track
from musasr.music_tags.features import read_features
from musasr.music_tags.labels import Labels


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
