"""A trained LASS-Net and one query, said or shown, as a separator that files can be taken apart with."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from musasr.classification.folder import CONFIG, WEIGHTS
from musasr.digests import digest_of, digest_of_file
from musasr.errors import ConfigError
from musasr.lass.cues import Query, cue_of
from musasr.lass.training import load_model
from musasr.lass.words import TOKENIZER, WORDS, Words
from musasr.recipe import config as configuration
from musasr.recipe.system_run import SYSTEM
from musasr.recognition.separation import Cue
from musasr.separators.lass.lass_net import LassNet

FILES = (CONFIG, WEIGHTS, TOKENIZER, WORDS)
SAID = {"tags": "tags", "text": "a text", "example": "an example"}
OTHER = {"text": "name exp/lass", "example": "name exp/shown (conf/lass_example.yaml)"}


@dataclass(frozen=True)
class AskedSeparator:
    """A network that is asked one thing: `musasr.recognition.separation.Separator`.

    Attributes:
        network: The network.
        cue: What it is told of the query, (1, ...).
        sampling_rate: At which it works, Hz.
        digest: Of the network and the query.
    """

    network: LassNet
    cue: Tensor
    sampling_rate: int
    digest: str

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of what it gives, in order."""
        return self.network.sources

    def separate(self, mixture: Tensor, lengths: Tensor, cue: Cue | None = None) -> Tensor:
        """What is asked for and the rest, (B, 2, T), of mixtures (B, T)."""
        own = self.cue if cue is None else cue
        return self.network.separate(mixture, lengths, own.expand(len(mixture), *own.shape[1:]))


def is_lass(directory: Path) -> bool:
    """Whether a folder holds a model that takes a query."""
    path = directory / CONFIG
    return path.is_file() and configuration.load_resolved(path).get(SYSTEM) == "lass"


def load_asked(directory: Path, query: str) -> AskedSeparator:
    """A model's folder and a query, ready to separate; words that it does not know are said on stderr.

    Raises:
        ConfigError: The model takes no text, or the query says nothing to it.
        StateError: There is no trained model, or it is broken.
    """
    network, config = _load(directory, "text")
    words = Words.load(directory)
    if unknown := words.check(query):
        print(f"musasr: the query: words that no training has heard: {', '.join(unknown)}", file=sys.stderr)
    cue, digest = _cue(directory, config, Query(query)), _digest(directory, {"query": query})
    return AskedSeparator(network, cue, config["sampling_rate"], digest)


def load_shown(directory: Path, example: Path) -> AskedSeparator:
    """A model's folder and the file of a sound like what is asked for, ready to separate.

    Raises:
        ConfigError: The model takes no example.
        DataError: The file cannot be read, or is silent.
        StateError: There is no trained model, or it is broken.
    """
    network, config = _load(directory, "example")
    cue = _cue(directory, config, Query(example=example))
    digest = _digest(directory, {"example": digest_of_file(example)})
    return AskedSeparator(network, cue, config["sampling_rate"], digest)


def _load(directory: Path, kind: str) -> tuple[LassNet, Mapping[str, Any]]:
    """A model and its configuration, if it is told queries of this kind."""
    network, config = load_model(directory)
    told = config["variants"][config["model"]]["cue"]
    if told != kind:
        raise ConfigError(f"is told {SAID[told]}, not {SAID[kind]}", where=directory, mend=OTHER[kind])
    return network, config


def _cue(directory: Path, config: Mapping[str, Any], query: Query) -> Tensor:
    """What a network is told of a query, (1, ...)."""
    told = cue_of(config, config["model"], words=Words.load(directory), tags=config["tags"])
    return torch.from_numpy(told(query))[None]


def _digest(directory: Path, said: Mapping[str, str]) -> str:
    """Of a network and what it is asked."""
    return digest_of({**{name: digest_of_file(directory / name) for name in FILES}, **said})
