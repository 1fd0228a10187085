"""What the training engine is given: every clip of a set once an epoch, at drawn levels over the others."""

from collections.abc import Mapping, Sequence

import numpy as np

from musasr.classification.batches import Arrays
from musasr.looking_to_listen.items import MODES
from musasr.looking_to_listen.words.scenes import Levels, Scenes
from musasr.text import Units

IGNORED = -1  # ESPnet's padding of texts


class SpokenItems:
    """Scenes as arguments of `musasr.joint.JointModel.forward`."""

    def __init__(
        self,
        scenes: Mapping[str, Scenes],
        units: Units,
        *,
        voice_db: tuple[float, float],
        music_db: tuple[float, float],
        has_faces: bool,
    ):
        """Hold the scenes by set.

        Args:
            scenes: Of ``train`` and ``dev``.
            units: Of the recogniser.
            voice_db: Bounds of how far below the speech another voice is.
            music_db: Bounds of how far below the music is.
            has_faces: Whether the model looks.
        """
        self.scenes, self.units, self.has_faces = scenes, units, has_faces
        self.voice_db, self.music_db = voice_db, music_db

    def ids(self, mode: str) -> Sequence[str]:
        """The clips."""
        return self.scenes[MODES[mode]].prepared.ids()

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> Arrays:
        """A clip's mixture (T,), its speech and the rest, its units (U,), and its face where it is seen."""
        levels = Levels(generator.uniform(*self.voice_db), generator.uniform(*self.music_db))
        scene = self.scenes[MODES[mode]].make(item_id, levels, generator)
        text = np.array(self.units.encode(scene.text), dtype=np.int64)
        return {
            "speech": scene.mixture,
            "speech_lengths": np.array(len(scene.speech)),
            "speech_ref1": scene.speech,
            "speech_ref2": scene.rest,
            "text": text,
            "text_lengths": np.array(len(text)),
            **({"cue": scene.faces} if self.has_faces else {}),
        }

    def finish(self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator) -> Arrays:
        """The batch, what lies beyond a text's units marked as ESPnet wants it."""
        is_beyond = np.arange(batch["text"].shape[1]) >= batch["text_lengths"][:, None]
        return batch | {"text": np.where(is_beyond, IGNORED, batch["text"])}
