"""From a section ``network`` to the network, and from a trained one's folder to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from musasr.classification.folder import load_config, load_weights
from musasr.classifiers.band_statistics import BandStatistics
from musasr.classifiers.conv_stack import ConvStack
from musasr.classifiers.networks import Classifier, TagAttention
from musasr.classifiers.pooling import POOLINGS
from musasr.classifiers.resnext import ResNeXt
from musasr.classifiers.rexnet import ReXNet
from musasr.classifiers.se_resnet import SeResNet
from musasr.errors import ConfigError
from musasr.music_tags.features import NUM_BANDS
from musasr.music_tags.labels import Labels
from musasr.plugins import check_arguments

TRUNKS: Mapping[str, type[nn.Module]] = {
    "se_resnet": SeResNet,
    "conv_stack": ConvStack,
    "resnext50": ResNeXt,
    "rexnet": ReXNet,
    "band_statistics": BandStatistics,
}
GUIDE = "guide"  # of a trained folder's config: that of the tagger whose weights are inside


def build(network: Mapping[str, Any], labels: Labels, *, guide: Classifier | None = None) -> Classifier:
    """An untrained network.

    Args:
        network: The section.
        labels: What its heads answer.
        guide: The frozen tagger of its attention, where it has one.

    Raises:
        ConfigError: An argument is none that its part takes, or no head is left.
    """
    trunk = _part(
        TRUNKS[network["trunk"]], network["trunk_conf"], where="network.trunk_conf", given=NUM_BANDS
    )
    heads = {
        name: {**conf, "labels": getattr(labels, name), "several": name == "tags"}
        for name, conf in network["heads"].items()
        if name in labels.heads()
    }
    if not heads:
        raise ConfigError("no head has labels", where="network.heads", mend=f"ask for {labels.heads()}")
    pooling_conf = network["pooling_conf"]
    check_arguments(
        POOLINGS[network["pooling"]], pooling_conf, provided=("num_inputs",), where="network.pooling_conf"
    )
    return Classifier(
        trunk,
        pooling=network["pooling"],
        pooling_conf=pooling_conf,
        heads=heads,
        attention=_attention(network["attention"], trunk.num_channels, guide),
    )


def rehearse(variants: Mapping[str, Mapping[str, Any]]) -> None:
    """Build each variant's network, so that what a part does not take is said before anything is prepared.

    Raises:
        ConfigError: A part does not take its arguments.
    """
    labels = Labels(("one", "other"), ("tag",))
    for name, conf in variants.items():
        try:
            build(conf["network"], labels)
        except ConfigError as error:
            raise ConfigError(
                error.what, where=f"variants: {name}: {error.where}", mend=error.mend
            ) from error


def load(directory: Path) -> tuple[Classifier, dict[str, Any]]:
    """A trained network, ready to be used, and its config.yaml.

    Raises:
        StateError: There is none, or its files are broken.
    """
    config = load_config(directory)
    return load_weights(directory, _of_config(config)), config


def labels_of(config: Mapping[str, Any]) -> Labels:
    """The labels of a trained network's config.yaml."""
    return Labels(tuple(config["labels"]["station"]), tuple(config["labels"]["tags"]))


def _of_config(config: Mapping[str, Any]) -> Classifier:
    guide = _of_config(config[GUIDE]) if config.get(GUIDE) else None
    return build(config["network"], labels_of(config), guide=guide)


def _attention(
    conf: Mapping[str, Any] | None, num_channels: int, guide: Classifier | None
) -> TagAttention | None:
    if conf is None or guide is None:
        return None
    own = {key: value for key, value in conf.items() if key != GUIDE}
    if own["head"] not in guide.heads:
        what = f"the guide has no head {own['head']!r}"
        raise ConfigError(what, where="network.attention", mend=f"it has {', '.join(guide.heads)}")
    return TagAttention(guide, num_channels=num_channels, **own)


def _part(kind: type[nn.Module], conf: Mapping[str, Any], *, where: str, given: int) -> nn.Module:
    check_arguments(kind, conf, provided=("num_bands",), where=where)
    return kind(num_bands=given, **conf)
