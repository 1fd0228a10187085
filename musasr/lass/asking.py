"""A trained LASS-Net and one query, as a separator that files can be taken apart with."""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from musasr.classification.folder import CONFIG, WEIGHTS
from musasr.digests import digest_of, digest_of_file
from musasr.errors import ConfigError
from musasr.lass.items import TextCue
from musasr.lass.training import load_model
from musasr.lass.words import TOKENIZER, WORDS, Words
from musasr.recipe import config as configuration
from musasr.recipe.system_run import SYSTEM
from musasr.recognition.separation import Cue
from musasr.separators.lass.lass_net import LassNet

FILES = (CONFIG, WEIGHTS, TOKENIZER, WORDS)


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
    network, config = load_model(directory)
    if config["variants"][config["model"]]["cue"] != "text":
        raise ConfigError("is told tags, not a text", where=directory, mend="name exp/lass")
    words = Words.load(directory)
    if unknown := words.check(query):
        print(f"musasr: the query: words that no training has heard: {', '.join(unknown)}", file=sys.stderr)
    files = {name: digest_of_file(directory / name) for name in FILES}
    cue = torch.from_numpy(TextCue(words)(query, ()))[None]
    return AskedSeparator(network, cue, config["sampling_rate"], digest_of({**files, "query": query}))
