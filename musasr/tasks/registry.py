"""Our classes in ESPnet's class choices: import this module before any other of ESPnet's tasks.

``espnet2.tasks.enh_s2t`` copies the choices of ``enh`` when it is imported, so a class that is
registered later is unknown to the parser; importing the task from here keeps the order right.
"""

from contextlib import redirect_stderr
from io import StringIO

from musasr.typechecks import at_first_call

# ESPnet prints that an optional package for GPUs is not there.
with redirect_stderr(StringIO()), at_first_call():
    from espnet2.tasks import asr, enh

from musasr.recognizers import espnet_classes
from musasr.separators.classes import DECODERS, ENCODERS, SEPARATORS
from musasr.tasks.levelled import LevelledSeparator

enh.encoder_choices.classes |= ENCODERS
enh.decoder_choices.classes |= DECODERS
enh.separator_choices.classes |= SEPARATORS | {"levelled": LevelledSeparator}
espnet_classes.register(asr)

from espnet2.tasks.enh_s2t import EnhS2TTask  # noqa: E402  (the order is this module's purpose)

__all__ = ["EnhS2TTask"]
