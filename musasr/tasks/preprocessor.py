"""What the loader does to one utterance: put music under it, turn its text into units."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from espnet2.train.preprocessor import AbsPreprocessor

from musasr.errors import ConfigError, suggest
from musasr.joint import SOURCES, reference_names
from musasr.kaldi import read_music_dir
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.dynamic import SINGING, DynamicMixer
from musasr.text import Units

MIXED = ("speech", "music", SINGING)  # the sources that mixing gives


class MixingPreprocessor(AbsPreprocessor):
    """ESPnet's preprocessor interface around our mixer; `MixingIterFactory` sets ``epoch`` before each."""

    def __init__(
        self,
        train: bool,
        *,
        mixer: DynamicMixer | None,
        units: Units | None,
        sources: Sequence[str] = SOURCES,
    ):
        """Hold the parts.

        Args:
            train: Whether mixtures change with the epoch; a validation set's are those of epoch 0.
            mixer: Puts music under speech; None leaves speech clean.
            units: Turns text into unit numbers; None where no recogniser is trained.
            sources: Which parts of a mixture the model gets as references, and in which order.

        Raises:
            ConfigError: Mixing gives no such source.
        """
        super().__init__(train)
        self.mixer = mixer
        self.units = units
        self.references = {} if mixer is None else reference_names(check_sources(sources))
        # Whoever gives singing a source of its own calls the rest music.
        self.fields = {"music": "accompaniment"} if SINGING in sources else {}
        self.epoch = 0

    def __call__(self, uid: str, data: dict[str, Any]) -> dict[str, np.ndarray]:
        """The arrays of one utterance under the names that the model's ``forward`` takes."""
        arrays: dict[str, np.ndarray] = {"speech": data["speech"]}
        if self.mixer is not None:
            mixture = self.mixer(uid, data["speech"], epoch=self.epoch if self.train else 0)
            references = {
                name: getattr(mixture, self.fields.get(source, source))
                for name, source in self.references.items()
            }
            arrays = {"speech": mixture.mixture} | references
        if self.units is not None:
            arrays["text"] = np.array(self.units.encode(data["text"]), dtype=np.int64)
        return arrays


def build_preprocessor(
    conf: Mapping[str, Any], *, train: bool, sources: Sequence[str] = SOURCES
) -> MixingPreprocessor:
    """The preprocessor that ``preprocessor_conf`` describes.

    Args:
        conf: ``units_dir`` (or None), ``mixing`` (or None for clean speech): the arguments of
            MusicLibrary and DynamicMixer, with ``train_music_dir`` and ``dev_music_dir``, and where it wants
            voices, dirs of them under the same names.
        train: For the training set (else for the validation set).
        sources: What the model's separator gives, in its order.

    Raises:
        ConfigError: Mixing does not give one of them.
    """
    units = Units.load(Path(conf["units_dir"])) if conf["units_dir"] else None
    if conf["mixing"] is None:
        return MixingPreprocessor(train, mixer=None, units=units)
    mixing = dict(conf["mixing"])
    name, other = ("train", "dev") if train else ("dev", "train")
    common = {key: mixing.pop(key) for key in ("sampling_rate", "crossfade_seconds")}
    libraries = {}
    for kind in ("music", "voices"):
        directory = mixing.pop(f"{name}_{kind}_dir", None)
        mixing.pop(f"{other}_{kind}_dir", None)
        libraries[kind] = (
            None if directory is None else MusicLibrary(read_music_dir(Path(directory)), **common)
        )
    mixer = DynamicMixer(
        libraries["music"], voices=libraries["voices"], with_singing=SINGING in sources, **mixing
    )
    return MixingPreprocessor(train, mixer=mixer, units=units, sources=sources)


def check_sources(sources: Sequence[str]) -> Sequence[str]:
    """The sources, if mixing gives all of them.

    Raises:
        ConfigError: It does not.
    """
    for source in sources:
        if source not in MIXED:
            what = f"mixing gives no source {source!r}"
            raise ConfigError(what, where="model_conf.sources", mend=suggest(source, MIXED))
    return sources
