"""Vectors of faces: a small network on crops, trained along, or vectors that another program has made."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class CropEncoder(nn.Module):
    """A vector of each grey crop: strided convolutions with batch normalisation and ReLU, one linear layer.

    What moves is the visual stream's to see. A crop that is all zero, a face that was not found, gets a
    vector of zeros.
    """

    def __init__(
        self,
        size: int = 48,
        channels: Sequence[int] = (16, 32, 64),
        face_dim: int = 128,
        is_centred: bool = False,
    ):
        """Build the layers.

        Args:
            size: Of a crop, pixels of each side.
            channels: Of the convolutions, each of which halves the sides.
            face_dim: Size of the vector (D).
            is_centred: Whether each crop loses the mean of the face's crops: who it is goes, what it does
                stays. With few faces to learn from, the others' are then no stranger.

        Raises:
            ValueError: The crop is smaller than the halvings want.
        """
        super().__init__()
        if size % 2 ** len(channels):
            raise ValueError(f"size {size} cannot be halved {len(channels)} times")
        self.is_centred = is_centred
        widths = [1, *channels]
        self.layers = nn.Sequential(
            *(
                layer
                for before, width in zip(widths, channels, strict=False)
                for layer in (
                    nn.Conv2d(before, width, 5, stride=2, padding=2),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                )
            )
        )
        self.linear = nn.Linear(channels[-1] * (size // 2 ** len(channels)) ** 2, face_dim)

    def forward(self, crops: Tensor) -> Tensor:
        """Vectors (B, S, V, D) of grey crops (B, S, V, size, size), uint8 or from 0 to 255."""
        is_seen = crops.amax(dim=(3, 4)) > 0
        values = crops.float() / 127.5 - 1
        if self.is_centred:
            values = values - _mean_of_seen(values, is_seen)
        vectors = self.linear(self.layers(values.flatten(0, 2).unsqueeze(1)).flatten(1))
        return torch.where(is_seen[..., None], vectors.unflatten(0, crops.shape[:3]), 0.0)


def _mean_of_seen(crops: Tensor, is_seen: Tensor) -> Tensor:
    """The mean over time of the crops (B, S, V, size, size) that are there, (B, S, 1, size, size)."""
    weights = is_seen[..., None, None].float()
    return (crops * weights).sum(2, keepdim=True) / weights.sum(2, keepdim=True).clamp_min(1.0)


class GivenVectors(nn.Module):
    """Face vectors as they come, (B, S, V, D): of FaceNet, dlib or whatever else knows faces."""

    def __init__(self, face_dim: int = 512):
        """Say their size."""
        super().__init__()
        self.face_dim = face_dim

    def forward(self, faces: Tensor) -> Tensor:
        """The same.

        Raises:
            ValueError: They are of another size.
        """
        if faces.shape[-1] != self.face_dim:
            raise ValueError(f"face vectors have {faces.shape[-1]} numbers, and face_dim is {self.face_dim}")
        return faces.float()


FACE_ENCODERS = {"crops": CropEncoder, "vectors": GivenVectors}
