"""What LASS-Net is trained on: a clip, another that shares no tag with it, and a sentence for the first."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.corpora.clips import Clip
from musasr.corpora.embedded.sounds.catalogue import general_captions
from musasr.errors import DataError
from musasr.lass.cues import CueOf, Query, trimmed
from musasr.lass.mixing import mix

MOST_DRAWS = 1000  # until a sound without certain tags is found
LOUD_DB, TRIES = 12.0, 6  # a crop this far below its clip is drawn again, so often
ROUND = "#"  # between a clip's name and the round of an epoch


class LassItems:
    """Crops of two clips, mixed; an item is a clip in one round of an epoch."""

    def __init__(
        self,
        sets: Mapping[str, Sequence[Clip]],
        cue_of: CueOf,
        *,
        crop_seconds: float,
        sampling_rate: int,
        snr: str,
        snr_db: tuple[float, float],
        rounds: int,
        general_fraction: float,
        absent_fraction: float,
        ask_both: bool,
    ):
        """Hold the clips.

        Args:
            sets: Clips of "train" and "valid".
            cue_of: What a query is to the network: an array.
            crop_seconds: What is heard of a clip.
            sampling_rate: Hz.
            snr: See `musasr.lass.mixing.mix`.
            snr_db: Lowest and highest.
            rounds: How often an epoch sees each clip of the training.
            general_fraction: How often a group's caption is asked, where there is one.
            absent_fraction: How often a sound is asked for that is not there: the target is silence.
            ask_both: Whether a mixture comes twice, with a query for each of its sounds: what differs between
                the two is the query alone.

        Raises:
            DataError: A set has no two clips that share no tag.
        """
        self.sets, self.cue_of = {name: list(clips) for name, clips in sets.items()}, cue_of
        self.size, self.sampling_rate = round(crop_seconds * sampling_rate), sampling_rate
        self.snr, self.snr_db, self.rounds = snr, snr_db, rounds
        self.general_fraction, self.absent_fraction = general_fraction, absent_fraction
        self.ask_both = ask_both
        self.clips = {name: {clip.clip_id: clip for clip in clips} for name, clips in self.sets.items()}
        for name, clips in self.sets.items():
            if len({clip.tags for clip in clips}) < 3:
                what = "needs clips of three different tags: a target, a background, and one that is absent"
                raise DataError(what, where=f"the {name} set", mend="give it more clips")

    def ids(self, mode: str) -> Sequence[str]:
        """Clips, each once a round (validation: once)."""
        rounds = self.rounds if mode == "train" else 1
        return [f"{clip.clip_id}{ROUND}{number}" for number in range(rounds) for clip in self.sets[mode]]

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> dict[str, np.ndarray]:
        """mixture (Q, T), target (Q, T), cue (Q, ...), for each of Q queries."""
        target = self.clips[mode][item_id.rpartition(ROUND)[0]]
        background = self._other(mode, target.tags, generator)
        snr_db = float(generator.uniform(*self.snr_db))
        mixed = mix(
            self._crop(target, generator), self._crop(background, generator), snr_db=snr_db, snr=self.snr
        )
        asked = [(target, background, mixed.target)]
        if self.ask_both:
            asked.append((background, target, mixed.background))
        queries = [self._query(mode, *one, generator) for one in asked]
        targets, cues = zip(*queries, strict=True)
        mixtures = np.stack([mixed.mixture] * len(queries))
        return {"mixture": mixtures, "target": np.stack(targets), "cue": np.stack(cues)}

    def _query(
        self, mode: str, clip: Clip, beside: Clip, samples: np.ndarray, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """What is wanted (T,), and the cue for it; now and then something that is not there."""
        others = beside.tags
        if generator.random() < self.absent_fraction:
            others = clip.tags + beside.tags
            clip, samples = self._other(mode, others, generator), np.zeros_like(samples)
        caption, tags = self._caption(clip, others, generator)
        return samples, self.cue_of(Query(caption, tags, self._example(mode, clip, generator)))

    def _example(self, mode: str, clip: Clip, generator: np.random.Generator) -> Path:
        """Another clip of a clip's tags, where there is any; who needs none draws what he would without."""
        alike = [one for one in self.sets[mode] if one.tags == clip.tags and one.clip_id != clip.clip_id]
        (own,) = generator.spawn(1)
        return alike[int(own.integers(len(alike)))].path if alike else clip.path

    def finish(
        self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """The queries (B, ...) of all items, without the padding that all of them have."""
        batch = {name: one.reshape(-1, *one.shape[2:]) for name, one in batch.items()}
        return batch | {"cue": trimmed(batch["cue"])}

    def _other(self, mode: str, tags: Sequence[str], generator: np.random.Generator) -> Clip:
        """A clip that has none of these tags.

        Raises:
            DataError: There is hardly one.
        """
        clips = self.sets[mode]
        for _ in range(MOST_DRAWS):
            clip = clips[int(generator.integers(len(clips)))]
            if not set(clip.tags) & set(tags):
                return clip
        what = f"hardly a sound shares no tag with {', '.join(tags)}"
        raise DataError(what, where=f"the {mode} set", mend="leave out tags that most sounds have")

    def _crop(self, clip: Clip, generator: np.random.Generator) -> np.ndarray:
        """A drawn stretch of a clip that is not much quieter than the clip; short clips are repeated."""
        samples, _ = audio.read(clip.path, sampling_rate=self.sampling_rate)
        samples = np.tile(samples, -(-self.size // len(samples)))
        least = np.mean(samples**2) * 10 ** (-LOUD_DB / 10)
        for _ in range(TRIES):
            start = int(generator.integers(len(samples) - self.size + 1))
            crop = samples[start : start + self.size]
            if np.mean(crop**2) >= least:
                break
        return crop

    def _caption(
        self, clip: Clip, beside: Sequence[str], generator: np.random.Generator
    ) -> tuple[str, tuple[str, ...]]:
        """A sentence that asks for a clip and for nothing of the other tags, and the tags that it means."""
        general = general_captions(clip.tags[0], beside=beside)
        if general and generator.random() < self.general_fraction:
            return general[int(generator.integers(len(general)))]
        return clip.captions[int(generator.integers(len(clip.captions)))], clip.tags
