"""What the training engine is given: every clip of a set once an epoch, mixed with others on the fly."""

from collections.abc import Mapping, Sequence

import numpy as np

from musasr.classification.batches import Arrays
from musasr.looking_to_listen.mixtures import Mixer

MODES = {"train": "train", "valid": "dev"}  # the engine's word for it, and the set's


class Mixtures:
    """Mixtures of the training and the development set; who is mixed with whom changes with the epoch."""

    def __init__(self, mixers: Mapping[str, Sequence[Mixer]], *, has_faces: bool):
        """Hold the mixers by set.

        Args:
            mixers: Of ``train`` and ``dev``: one for each kind of mixtures, which is drawn.
            has_faces: Whether the faces are read at all.
        """
        self.mixers, self.has_faces = mixers, has_faces

    def ids(self, mode: str) -> Sequence[str]:
        """The clips."""
        return self.mixers[MODES[mode]][0].prepared.ids()

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> Arrays:
        """A mixture with this clip (T,), its sources (S, T), and faces (S, V, ...) where they are read."""
        mixers = self.mixers[MODES[mode]]
        mixer = mixers[int(generator.integers(len(mixers)))] if len(mixers) > 1 else mixers[0]
        mixed = mixer.mix(mixer.draw(item_id, generator), generator, has_faces=self.has_faces)
        faces = {"faces": mixed.faces} if self.has_faces else {}
        return {"mixture": mixed.mixture, "sources": mixed.sources, **faces}

    def finish(self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator) -> Arrays:
        """The batch as it is."""
        return batch
