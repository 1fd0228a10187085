"""A separator that comes trained: a front end ``{separator: "module:function", separator_conf: {...}}``."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from musasr.errors import ConfigError
from musasr.plugins import named_part

SEPARATOR_KEY = "separator"


class TrainedSeparator(NamedTuple):
    """What such a function returns.

    Attributes:
        parts: ESPnet's settings of the separator, plain values: ``enh_encoder``, ``enh_encoder_conf``,
            ``enh_separator`` and so on, as a section of ``models:`` has them; all that builds it again.
        weights: Of ESPnet's enhancement model, by name: ``encoder.``, ``separator.``, ``decoder.``.
    """

    parts: Mapping[str, Any]
    weights: Mapping[str, Tensor]


def open_separator(section: Mapping[str, Any], *, sampling_rate: int, where: str) -> TrainedSeparator:
    """What the function of a section gives; what it raises itself passes.

    Args:
        section: Of the configuration, such as ``models.lass``; the function is called with its
            ``separator_conf`` and ``sampling_rate`` as keyword arguments.
        sampling_rate: Of the mixtures that the separator will get, Hz.
        where: Name of the section, for the messages.

    Raises:
        ConfigError: A key is unknown, the module, function or an argument is not there, or it gives
            something else.
    """
    make, settings = named_part(section, SEPARATOR_KEY, provided=("sampling_rate",), where=where)
    trained = make(**settings, sampling_rate=sampling_rate)
    if not isinstance(trained, TrainedSeparator):
        mend = "let it return a musasr.separators.trained.TrainedSeparator"
        raise ConfigError(f"{section[SEPARATOR_KEY]} gives no separator", where=where, mend=mend)
    return trained
