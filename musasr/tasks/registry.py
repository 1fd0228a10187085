"""Our classes in ESPnet's class choices: import this module before any other of ESPnet's tasks.

``espnet2.tasks.enh_s2t`` copies the choices of ``enh`` when it is imported, so a class that is
registered later is unknown to the parser; importing the task from here keeps the order right.
"""

from contextlib import redirect_stderr
from io import StringIO

with redirect_stderr(StringIO()):  # ESPnet prints that an optional package for GPUs is not there
    from espnet2.tasks import asr, enh

from musasr.recognizers import espnet_classes
from musasr.separators.conv_tasnet import ConvTasNetSeparator
from musasr.separators.filterbank import FramedConvDecoder, FramedConvEncoder
from musasr.separators.mask_blstm import MaskBlstmSeparator
from musasr.separators.stft import StftDecoder, StftEncoder
from musasr.tasks.levelled import LevelledSeparator

enh.encoder_choices.classes["framed_conv"] = FramedConvEncoder
enh.decoder_choices.classes["framed_conv"] = FramedConvDecoder
enh.encoder_choices.classes["padded_stft"] = StftEncoder
enh.decoder_choices.classes["padded_stft"] = StftDecoder
enh.separator_choices.classes["conv_tasnet"] = ConvTasNetSeparator
enh.separator_choices.classes["mask_blstm"] = MaskBlstmSeparator
enh.separator_choices.classes["levelled"] = LevelledSeparator
espnet_classes.register(asr)

from espnet2.tasks.enh_s2t import EnhS2TTask  # noqa: E402  (the order is this module's purpose)

__all__ = ["EnhS2TTask"]
