"""Where the decoder looks while it writes a text."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from musasr.recognizers.decoder import LocationAttentionDecoder


@torch.inference_mode()
def attention_weights(s2t_model: nn.Module, waveform: Tensor, ids: Sequence[int]) -> Tensor | None:
    """The attention of the decoder as it is led through a text.

    Args:
        s2t_model: A recognition model in evaluation mode: features, encoder, decoder.
        waveform: (T,).
        ids: The units of the text (U,), without <sos/eos>.

    Returns:
        (U + 1, L): the weights of the encoded frames at each unit and at the end, each row of sum 1; None
        where the decoder has no attention of ours.
    """
    decoder = s2t_model.decoder
    if not isinstance(decoder, LocationAttentionDecoder):
        return None
    lengths = torch.tensor([len(waveform)], device=waveform.device)
    encoded, num_frames = s2t_model.encode(waveform.unsqueeze(0), lengths)
    frames = encoded[:, : int(num_frames[0])]
    state = decoder.start(decoder.batch_init_state(frames), 1)
    rows = []
    for unit in (s2t_model.sos, *ids):
        _, state = decoder.batch_score(torch.tensor([[unit]], device=frames.device), state, frames)
        rows.append(state.attention[0])
    return torch.stack(rows)
