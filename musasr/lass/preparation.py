"""The corpus of LASS-Net: clips, vocabulary."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from musasr.corpora.captioned.layouts import LAYOUTS
from musasr.corpora.captioned.prepare import prepare as prepare_captioned
from musasr.corpora.clips import read_clips
from musasr.corpora.embedded.sounds.catalogue import group_captions
from musasr.corpora.embedded.sounds.prepare import prepare as prepare_embedded
from musasr.errors import ConfigError, suggest
from musasr.lass.words import Words
from musasr.plugins import check_arguments

CORPORA: dict[str, Callable] = {"embedded": prepare_embedded} | {
    name: partial(prepare_captioned, layout=name) for name in LAYOUTS
}


def prepare_clips(config: Mapping[str, Any], data: Path, *, num_jobs: int) -> None:
    """Make the lists of clips of the three sets.

    Raises:
        ConfigError: There is no such corpus, or it has other settings.
    """
    settings = dict(config["corpus"])
    kind = settings.pop("type")
    if kind not in CORPORA:
        raise ConfigError(f"unknown type {kind!r}", where="corpus.type", mend=suggest(kind, CORPORA))
    common = {"sampling_rate": config["sampling_rate"], "seed": config["seed"], "num_jobs": num_jobs}
    provided = [*common, "output", *(["layout"] if kind in LAYOUTS else [])]
    check_arguments(CORPORA[kind], settings, provided=provided, where="corpus")
    CORPORA[kind](data, **common, **settings)


def prepare_words(config: Mapping[str, Any], data: Path) -> Words:
    """Make the vocabulary of the training's captions."""
    clips = read_clips(data / "train")
    general = group_captions({tag for clip in clips for tag in clip.tags})
    captions = sorted({caption for clip in clips for caption in clip.captions} | set(general))
    settings = config["words"]
    words = Words.train(captions, num_pieces=settings["num_pieces"], most_pieces=settings["most_pieces"])
    words.save(data / "words")
    return words
