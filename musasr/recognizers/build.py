"""The reader that a section of the configuration names: a back end that is pretrained, and not ours."""

from collections.abc import Mapping
from typing import Any

from musasr.errors import ConfigError
from musasr.plugins import named_part
from musasr.recognizers.reader import Reader

READER_KEY = "reader"


def build_reader(
    section: Mapping[str, Any], *, sampling_rate: int, device: str = "cpu", where: str = "models"
) -> Reader:
    """Build the reader of a section ``{reader: "module:Class", reader_conf: {...}}``.

    The class is called with ``reader_conf``, ``sampling_rate`` and ``device`` as keyword arguments; what it
    raises itself passes.

    Args:
        section: Of the configuration, such as ``models.whisper``.
        sampling_rate: Of the waveforms that it will get, Hz.
        device: Where it is to compute.
        where: Name of the section, for the messages.

    Raises:
        ConfigError: A key is unknown, the module, class or an argument is not there, or what the class makes
            is no reader of that rate.
    """
    provided = {"sampling_rate": sampling_rate, "device": device}
    make, settings = named_part(section, READER_KEY, provided=provided, where=where)
    reader = make(**settings, **provided)
    _check(reader, section[READER_KEY], sampling_rate=sampling_rate, where=where)
    return reader


def _check(reader: object, name: str, *, sampling_rate: int, where: str) -> None:
    if not isinstance(reader, Reader):
        mend = "give it sampling_rate and __call__(waveforms, lengths): see musasr.recognizers.reader"
        raise ConfigError(f"{name} makes no reader", where=where, mend=mend)
    if reader.sampling_rate != sampling_rate:
        what = f"{name} reads {reader.sampling_rate} Hz, and waveforms have {sampling_rate} Hz"
        raise ConfigError(what, where=where, mend=f"let it take {sampling_rate} Hz, or set sampling_rate")
