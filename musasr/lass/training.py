"""From clips and a configuration to trained networks: LASS-Net, and the one that is told tags."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from musasr.classification.engine import train_network
from musasr.classification.folder import load_config, load_weights, save_network
from musasr.corpora.clips import Clip, read_clips
from musasr.errors import ConfigError, suggest
from musasr.lass import berts
from musasr.lass.cues import CueOf, TagCue, cue_of
from musasr.lass.first_words import Sentences, learn_first_words
from musasr.lass.items import LassItems
from musasr.lass.words import Words
from musasr.recipe.merging import merge
from musasr.separators.lass.lass_net import LassNet, build_lass


def tags_of(clips: Sequence[Clip]) -> list[str]:
    """The different tags of clips, in the order of their names."""
    return sorted({tag for clip in clips for tag in clip.tags})


def network_conf(config: Mapping[str, Any], model: str, *, num_pieces: int, num_tags: int) -> dict[str, Any]:
    """The arguments of `build_lass` for a model of a configuration.

    Raises:
        ConfigError: There is no such model.
    """
    if model not in config["variants"]:
        mend = suggest(model, config["variants"])
        raise ConfigError(f"no variant {model!r}", where="variants", mend=mend)
    given, words = config["network"], config["words"]
    query = {
        "text": {"num_pieces": num_pieces, "most_pieces": words["most_pieces"], **text_of(config, model)},
        "tags": {"num_tags": num_tags},
        "example": {"stft": given["stft"], "channels": given.get("example", {}).get("channels")},
    }
    cue = config["variants"][model]["cue"]
    shared = {key: given[key] for key in ("stft", "input_power", "mask", "loss", "unet") if key in given}
    return {"cue": cue, "query": {**query[cue], "size": given["size"]}, **shared}


def check_networks(config: Mapping[str, Any]) -> None:
    """See that the network of each variant can be built, without its weights.

    Raises:
        ConfigError: One cannot.
    """
    for name in config["variants"]:
        with torch.device("meta"):
            build_lass(**network_conf(config, name, num_pieces=config["words"]["num_pieces"], num_tags=1))


def text_of(config: Mapping[str, Any], model: str) -> dict[str, Any]:
    """The section ``network.text`` with what a model changes of it.

    Raises:
        ConfigError: It changes a key that there is not, or gives one another type.
    """
    where = f"variants.{model}.text"
    return merge(config["network"]["text"], config["variants"][model]["text"], where=where)


def training_of(config: Mapping[str, Any], model: str) -> dict[str, Any]:
    """The section ``training`` with what a model changes of it.

    Raises:
        ConfigError: It changes a key that there is not, or gives one another type.
    """
    where = f"variants.{model}.training"
    return merge(config["training"], config["variants"][model]["training"], where=where)


def build_model(
    config: Mapping[str, Any], model: str, words: Words, tags: Sequence[str], *, exp: Path
) -> LassNet:
    """A model with the seed's weights, or those of what it begins with: a BERT, another model of ``exp``."""
    torch.manual_seed(config["seed"])
    network = build_lass(**network_conf(config, model, num_pieces=words.num_pieces, num_tags=len(tags)))
    start = config["variants"][model]["init"]
    if start is not None:
        trained, _ = load_model(exp / start)
        network.unet.load_state_dict(trained.unet.state_dict())
    bert = config["variants"][model]["bert"]
    if bert is not None and config["variants"][model]["cue"] == "text":
        network.query.load_bert(berts.load_weights(bert))
    return network


def train_model(
    model: str,
    *,
    config: Mapping[str, Any],
    data: Path,
    directory: Path,
    threads: int = 1,
    on_gpu: bool = False,
) -> LassNet:
    """Train a model of the configuration on prepared clips, or go on with it; what is done stays.

    With max_epoch 0 it stays what it begins as: a U-Net that is told tags, and a text's first words.

    Args:
        model: A name of ``variants``.
        config: The resolved configuration.
        data: The prepared corpus.
        directory: The model's folder.
        threads: CPU threads.
        on_gpu: Whether it computes on a GPU.
    """
    sets = {"train": read_clips(data / "train"), "valid": read_clips(data / "dev")}
    words, tags = _words_of(config, model, data), tags_of(sets["train"])
    network = build_model(config, model, words, tags, exp=directory.parent)
    cue = cue_of(config, model, words=words, tags=tags)
    device = {"threads": threads, "on_gpu": on_gpu}
    if epochs := config["variants"][model]["first_words"]:
        _learn_first_words(network, model, sets, cue, tags, epochs, config=config, at=directory, **device)
    mixing = {**config["mixing"], "snr_db": tuple(config["mixing"]["snr_db"])}
    items = LassItems(sets, cue, sampling_rate=config["sampling_rate"], **mixing)
    words.save(directory)
    training = training_of(config, model)
    whole = {**config, "model": model, "tags": tags, "num_pieces": words.num_pieces}
    if training["max_epoch"] == 0:
        save_network(directory, network, whole)
        return network.eval()
    return train_network(
        network,
        items,
        training=training,
        config=whole,
        directory=directory,
        name=model,
        seed=config["seed"],
        num_workers=config["training"]["num_workers"],
        **device,
    )


def _learn_first_words(
    network: LassNet,
    model: str,
    sets: Mapping[str, Sequence[Clip]],
    cue: CueOf,
    tags: Sequence[str],
    epochs: int,
    *,
    config: Mapping[str, Any],
    at: Path,
    **device: Any,
) -> None:
    """Have a query's network begin with the vectors of the model that its U-Net comes from.

    Raises:
        ConfigError: It comes from none that is told tags, or is told tags itself.
    """
    own = config["variants"][model]
    before = config["variants"].get(own["init"] or "", {}).get("cue")
    if own["cue"] == "tags" or before != "tags":
        mend = "set it to 0, or give cue: text (or example) and init: the name of a variant with cue: tags"
        raise ConfigError("has no vectors to learn", where=f"variants.{model}.first_words", mend=mend)
    teacher, _ = load_model(at.parent / own["init"])
    # An example of one sound is none of its whole group.
    fraction = config["mixing"]["general_fraction"] if own["cue"] == "text" else 0.0
    learn_first_words(
        network.query,
        teacher.query,
        Sentences(sets, cue, TagCue(tags), general_fraction=fraction),
        training=training_of(config, model),
        epochs=epochs,
        directory=at,
        seed=config["seed"],
        **device,
    )


def load_model(directory: Path) -> tuple[LassNet, dict[str, Any]]:
    """A trained model, ready to separate, and its configuration.

    Raises:
        StateError: There is none, or its files are broken.
    """
    config = load_config(directory)
    sizes = {"num_pieces": config["num_pieces"], "num_tags": len(config["tags"])}
    network = build_lass(**network_conf(config, config["model"], **sizes))
    return load_weights(directory, network), config


def _words_of(config: Mapping[str, Any], model: str, data: Path) -> Words:
    """The corpus's vocabulary, or that of a model's BERT."""
    words, bert = Words.load(data / "words"), config["variants"][model]["bert"]
    if bert is None:
        return words
    vocabulary, _ = berts.files_of(bert)
    return Words.of_bert(vocabulary, words.known, most_pieces=words.most_pieces)
