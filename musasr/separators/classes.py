"""Our separators' parts by the names that configurations give them, which ESPnet's tasks are told too."""

from musasr.separators.conv_tasnet import ConvTasNetSeparator
from musasr.separators.filterbank import FramedConvDecoder, FramedConvEncoder
from musasr.separators.mask_blstm import MaskBlstmSeparator
from musasr.separators.stft import StftDecoder, StftEncoder

ENCODERS = {"framed_conv": FramedConvEncoder, "padded_stft": StftEncoder}
SEPARATORS = {"conv_tasnet": ConvTasNetSeparator, "mask_blstm": MaskBlstmSeparator}
DECODERS = {"framed_conv": FramedConvDecoder, "padded_stft": StftDecoder}
