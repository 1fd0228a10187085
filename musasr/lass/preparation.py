"""The corpus of LASS-Net: clips, vocabulary."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.corpora.clips import read_clips
from musasr.corpora.embedded.sounds.catalogue import group_captions
from musasr.corpora.embedded.sounds.prepare import prepare as prepare_embedded
from musasr.errors import ConfigError, suggest
from musasr.lass.words import Words

CORPORA = {"embedded": prepare_embedded}


def prepare_clips(config: Mapping[str, Any], data: Path, *, num_jobs: int) -> None:
    """Make the lists of clips of the three sets.

    Raises:
        ConfigError: There is no such corpus.
    """
    settings = dict(config["corpus"])
    kind = settings.pop("type")
    if kind not in CORPORA:
        raise ConfigError(f"unknown type {kind!r}", where="corpus.type", mend=suggest(kind, CORPORA))
    common = {"sampling_rate": config["sampling_rate"], "seed": config["seed"], "num_jobs": num_jobs}
    CORPORA[kind](data, **common, **settings)


def prepare_words(config: Mapping[str, Any], data: Path) -> Words:
    """Make the vocabulary of the training's captions, or take that of a BERT."""
    clips = read_clips(data / "train")
    general = group_captions({tag for clip in clips for tag in clip.tags})
    captions = sorted({caption for clip in clips for caption in clip.captions} | set(general))
    settings = config["words"]
    if settings["bert"] is None:
        words = Words.train(captions, num_pieces=settings["num_pieces"], most_pieces=settings["most_pieces"])
    else:
        vocabulary = Path(settings["bert"]) / "vocab.txt"
        words = Words.of_bert(vocabulary, captions, most_pieces=settings["most_pieces"])
    words.save(data / "words")
    return words
