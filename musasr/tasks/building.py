"""A model from ESPnet's options, where what is wrong with them is one line."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from musasr.errors import ConfigError, MusasrError, is_out_of_memory
from musasr.joint import JointModel

MODELS = "check the section models: of the configuration"


def build(args: argparse.Namespace, *, where: str, mend: str = MODELS) -> JointModel:
    """The model of these options.

    Args:
        args: ESPnet's, of which a stranger may have written any.
        where: Where they stand, for the message.
        mend: What to do about them.

    Raises:
        ConfigError: A part is unknown, a ``*_conf`` names an argument that its part does not take or a value
            that it cannot use, or the model would not fit into memory.
    """
    from musasr.tasks.task import MusicMixedTask  # takes seconds

    with as_one_line(where=where, mend=mend):
        return MusicMixedTask.build_model(args)


@contextmanager
def as_one_line(*, where: str, mend: str = MODELS) -> Iterator[None]:
    """Whatever goes wrong while a model is built becomes a ConfigError of one line."""
    try:
        yield
    except MusasrError:
        raise
    # Parts are ours, ESPnet's and torch's, and each says in its own way what it does not take.
    except Exception as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        if is_out_of_memory(error):
            reason = f"the model does not fit into memory ({reason})"
        raise ConfigError(reason, where=where, mend=mend) from error
