"""What Looking to Listen computes: two streams, fusion over time, a complex mask for each face."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from musasr.layers.blstm import BlstmLayer, reverse_index
from musasr.layers.padding import valid_frames
from musasr.separators.looking.masks import MASKS, complex_masks
from musasr.separators.looking.streams import AudioStream, VisualStream


class MaskNetwork(nn.Module):
    """Masks of a mixture's compressed spectrum, one a face, in the order of the faces.

    Without a visual stream it is the paper's audio-only baseline, whose masks have an order of their own.
    """

    def __init__(
        self,
        audio: AudioStream,
        visual: VisualStream | None,
        *,
        num_bins: int,
        visual_dim: int = 256,
        num_sources: int = 2,
        hidden_size: int = 400,
        fusion_size: int = 600,
        mask: str = "sigmoid",
        mask_bounds: Sequence[float] = (-1.0, 1.0),
    ):
        """Join the streams.

        Args:
            audio: The audio stream.
            visual: The visual stream, of which all faces share the weights; None: nothing is seen.
            num_bins: Bins of the spectrum (F).
            visual_dim: What the visual stream gives for a face and picture (C).
            num_sources: Faces, or sources of the baseline (S).
            hidden_size: Units of each direction of the BLSTM, whose directions are added up.
            fusion_size: Units of the three layers behind it.
            mask: ``sigmoid`` (parts within `mask_bounds`) or ``tanh`` (parts within -10 and 10).
            mask_bounds: Lowest and highest part of a mask; the paper's sigmoid has (0, 1).

        Raises:
            ValueError: `mask` is unknown, or its bounds are none.
        """
        super().__init__()
        if mask not in MASKS:
            raise ValueError(f"mask is {mask!r}; choose from {', '.join(MASKS)}")
        if len(mask_bounds) != 2 or not mask_bounds[0] < mask_bounds[1]:
            raise ValueError(f"mask_bounds are {list(mask_bounds)}; give the lower and the higher")
        self.audio, self.visual, self.num_sources = audio, visual, num_sources
        self.mask, self.mask_bounds = mask, tuple(mask_bounds)
        seen = 0 if visual is None else num_sources * visual_dim
        self.blstm = BlstmLayer(audio.output_dim + seen, hidden_size)
        sizes = [hidden_size, *[fusion_size] * 3]
        self.fusion = nn.Sequential(
            *(layer for size in pairwise(sizes) for layer in (nn.Linear(*size), nn.ReLU()))
        )
        self.scores = nn.Linear(fusion_size, num_sources * 2 * num_bins)

    def forward(
        self,
        spectrum: Tensor,
        lengths: Tensor | None = None,
        faces: Tensor | None = None,
        num_pictures: Tensor | None = None,
        pictures: Tensor | None = None,
    ) -> Tensor:
        """Return complex masks (B, S, L, F).

        Args:
            spectrum: The mixture's compressed complex spectrum (B, L, F), zero in the padding.
            lengths: Valid frames (B,); None: all.
            faces: Face vectors (B, S, V, D) of V pictures; not looked at without a visual stream.
            num_pictures: Pictures of each item, (B,).
            pictures: Which picture is shown at each frame (B, L).
        """
        is_inside = valid_frames(lengths, spectrum.shape[1])
        heard = self.audio(torch.stack([spectrum.real, spectrum.imag], dim=1), is_inside)
        if self.visual is not None:
            heard = torch.cat([heard, self.look(faces, num_pictures, pictures)], dim=2)
        scores = self.scores(self.fusion(self.read_both_ways(heard, lengths)))
        return complex_masks(scores, self.num_sources, self.mask, self.mask_bounds)

    def look(self, faces: Tensor, num_pictures: Tensor, pictures: Tensor) -> Tensor:
        """What the faces say, side by side, at each of L frames: (B, L, S * C)."""
        num_items, num_faces = faces.shape[:2]
        is_inside = valid_frames(num_pictures.repeat_interleave(num_faces), faces.shape[2])
        seen = self.visual(faces.flatten(0, 1), is_inside).unflatten(0, (num_items, num_faces))
        items = torch.arange(num_items, device=pictures.device)[:, None]
        return seen.transpose(1, 2)[items, pictures].flatten(2)

    def read_both_ways(self, frames: Tensor, lengths: Tensor | None) -> Tensor:
        """The sum of both directions' states, (B, L, hidden_size)."""
        if lengths is None:
            lengths = torch.full((len(frames),), frames.shape[1], device=frames.device)
        ahead, back = self.blstm(frames, reverse_index(lengths.to(frames.device), frames.shape[1])).chunk(
            2, 2
        )
        return ahead + back
