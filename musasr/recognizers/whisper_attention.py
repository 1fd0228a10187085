"""Where Whisper's cross-attention looks, and where a waveform that is too long for it is quiet."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

SMOOTHED_FRAMES = 7  # of the median filter over attention, as in OpenAI's own alignment
QUIET_FRACTION = 0.005  # of the longest window: over so much the level is measured


def attention_by_frame(
    attentions: Sequence[Tensor], *, heads: Sequence[Sequence[int]] | None, rows: slice, num_frames: int
) -> np.ndarray:
    """How much each token looks at each frame: standardised, smoothed, averaged over heads, (U, L).

    Args:
        attentions: Of each layer, (1, H, tokens, frames).
        heads: Layer and number of those that follow speech; None: all of the upper half of the layers.
        rows: The tokens that are asked for, by the place that predicts them.
        num_frames: L: those of the speech, before the silence that fills the window.
    """
    if heads is None:
        upper = range(len(attentions) // 2, len(attentions))
        heads = [(layer, head) for layer in upper for head in range(attentions[layer].size(1))]
    seen = torch.stack([attentions[layer][0, head] for layer, head in heads])[:, :, :num_frames].float()
    spread, mean = torch.std_mean(seen, dim=1, keepdim=True, unbiased=False)
    standardised = (seen - mean) / spread.clamp_min(1e-8)
    return _smoothed(standardised).mean(dim=0)[rows].double().cpu().numpy()


def quiet_cuts(waveform: np.ndarray, *, longest: int, within: int) -> list[int]:
    """Where to cut a waveform (T,) so that no part has more than ``longest`` samples.

    Each cut is in the middle of the quietest stretch of the last ``within`` samples that it may be at; the
    part behind the last cut may be short.
    """
    cuts, start = [], 0
    while len(waveform) - start > longest:
        size = max(1, round(QUIET_FRACTION * longest))
        first = start + longest - within
        energy = np.square(waveform[first : start + longest], dtype=np.float64)
        sums = np.cumsum(np.concatenate([[0.0], energy]))
        quietest = int(np.argmin(sums[size:] - sums[:-size]))
        start = first + quietest + size // 2
        cuts.append(start)
    return cuts


def _smoothed(values: Tensor) -> Tensor:
    """The median over `SMOOTHED_FRAMES` of the last axis, the edges reflected."""
    half = SMOOTHED_FRAMES // 2
    if values.size(-1) <= half:
        return values
    padded = torch.nn.functional.pad(values, (half, half), mode="reflect")
    return padded.unfold(-1, SMOOTHED_FRAMES, 1).median(dim=-1).values
