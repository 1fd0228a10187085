"""What a configuration means: its variants resolved, and what makes no sense refused before anything runs."""

from collections.abc import Mapping
from typing import Any

from musasr.errors import ConfigError, suggest
from musasr.music_tags.keys import CORPORA, VARIANT_KEYS
from musasr.plugins import KIND_KEY
from musasr.recipe.merging import merge
from musasr.recipe.schema import check_keys

SECTIONS = ("items", "network", "training")
LEAST_BATCH = {
    "rexnet": 3,
    "band_statistics": 3,
}  # of trunks that normalise a value an item: batches of 2 may leave one item alone


def variants_of(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The sections items, network and training of each variant, in their order.

    Raises:
        ConfigError: A change is none that the sections take, a guide of an attention does not come before, or
            a batch is smaller than a trunk can be trained by.
    """
    base = {section: config[section] for section in SECTIONS}
    resolved: dict[str, dict[str, Any]] = {}
    for name, changes in config["variants"].items():
        where = f"variants: {name}"
        one = merge(base, changes, where=where)
        check_keys(one, VARIANT_KEYS, where=where)
        attention = one["network"]["attention"]
        if attention is not None and attention["guide"] not in resolved:
            what = f"its guide {attention['guide']!r} is no variant before it"
            raise ConfigError(what, where=where, mend=suggest(attention["guide"], resolved))
        _check_batch(one, where=where)
        resolved[name] = one
    return resolved


def check(config: Mapping[str, Any]) -> None:
    """See that a configuration makes sense beyond its single keys.

    Raises:
        ConfigError: It does not.
    """
    music = dict(config["music"])
    kind = music.pop(KIND_KEY, None)
    if kind not in CORPORA:
        raise ConfigError(f"unknown {KIND_KEY} {kind!r}", where="music", mend=suggest(kind, CORPORA))
    check_keys(music, CORPORA[kind], where="music")
    known = variants_of(config)
    if not known:
        raise ConfigError("there are none", where="variants", mend="name one: crnn: {}")
    for member in config["ensemble"]["members"]:
        if member not in known:
            raise ConfigError(f"{member!r} is no variant", where="ensemble", mend=suggest(member, known))
    if config["ensemble"]["name"] in known:
        raise ConfigError("is the name of a variant", where="ensemble.name", mend="choose another")


def _check_batch(variant: Mapping[str, Any], *, where: str) -> None:
    trunk, size = variant["network"]["trunk"], variant["training"]["batch_size"]
    least = LEAST_BATCH.get(trunk, 1)
    if size < least:
        what = f"{trunk} is not trained by batches of {size}"
        raise ConfigError(what, where=f"{where}: training.batch_size", mend=f"give {least} or more")
