"""Our recogniser's classes among ESPnet's choices."""

from types import ModuleType


def register(asr: ModuleType) -> None:
    """Let ESPnet's task know our classes by the names that configurations give them.

    Args:
        asr: The module ``espnet2.tasks.asr``, which takes seconds to import.
    """
    from musasr.recognizers.decoder import LocationAttentionDecoder
    from musasr.recognizers.encoder import ConvBlstmEncoder
    from musasr.recognizers.features import LogMelFrontend

    asr.frontend_choices.classes["log_mel"] = LogMelFrontend
    asr.encoder_choices.classes["conv_blstm"] = ConvBlstmEncoder
    asr.decoder_choices.classes["location_lstm"] = LocationAttentionDecoder
