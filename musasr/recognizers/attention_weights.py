"""Where the decoder looks while it is led through a text."""

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
    weights, _ = lead_through(decoder, encoded[0, : int(num_frames[0])], [s2t_model.sos, *ids])
    return weights


@torch.inference_mode()
def lead_through(
    decoder: LocationAttentionDecoder, encoded: Tensor, unit_ids: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """What a decoder in evaluation mode sees and says as it is given one unit after another.

    Args:
        decoder: Ours.
        encoded: The utterance's encoded frames alone (L, D).
        unit_ids: What it is given (U,), <sos> first.

    Returns:
        After each unit, the weights of the frames (U, L) and the log probabilities of the next unit (U, V).
    """
    frames = encoded.unsqueeze(0)
    state = decoder.start(decoder.batch_init_state(frames), 1)
    weights, scores = [], []
    for unit in unit_ids:
        score, state = decoder.batch_score(torch.tensor([[unit]], device=frames.device), state, frames)
        weights.append(state.attention[0])
        scores.append(score[0])
    return torch.stack(weights), torch.stack(scores)
