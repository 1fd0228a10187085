"""Our separators' parts by the names that configurations give them, which ESPnet's tasks are told too.

``same`` is ESPnet's, for separators that take waveforms and give some.
"""

from espnet2.enh.decoder.null_decoder import NullDecoder
from espnet2.enh.encoder.null_encoder import NullEncoder

from musasr.separators.band_split import BandSplitSeparator
from musasr.separators.conv_tasnet import ConvTasNetSeparator
from musasr.separators.filterbank import FramedConvDecoder, FramedConvEncoder
from musasr.separators.lass.front_end import LassSeparator
from musasr.separators.mask_blstm import MaskBlstmSeparator
from musasr.separators.stft import StftDecoder, StftEncoder

ENCODERS = {"framed_conv": FramedConvEncoder, "padded_stft": StftEncoder, "same": NullEncoder}
SEPARATORS = {
    "band_split": BandSplitSeparator,
    "conv_tasnet": ConvTasNetSeparator,
    "lass": LassSeparator,
    "mask_blstm": MaskBlstmSeparator,
}
DECODERS = {"framed_conv": FramedConvDecoder, "padded_stft": StftDecoder, "same": NullDecoder}
