"""Vectors of faces: a small network on crops, trained along, or vectors that another program has made."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class CropEncoder(nn.Module):
    """A vector of each grey crop: strided convolutions with batch normalisation and ReLU, one linear layer.

    Each sees one picture: what moves is the visual stream's to see. A crop that is all zero, a face that was
    not found, gets a vector of zeros.
    """

    def __init__(self, size: int = 48, channels: Sequence[int] = (16, 32, 64), face_dim: int = 128):
        """Build the layers.

        Args:
            size: Of a crop, pixels of each side.
            channels: Of the convolutions, each of which halves the sides.
            face_dim: Size of the vector (D).

        Raises:
            ValueError: The crop is smaller than the halvings want.
        """
        super().__init__()
        if size % 2 ** len(channels):
            raise ValueError(f"size {size} cannot be halved {len(channels)} times")
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
        flat = crops.flatten(0, 2).unsqueeze(1).float()
        is_seen = flat.amax(dim=(1, 2, 3)) > 0
        vectors = self.linear(self.layers(flat / 127.5 - 1).flatten(1))
        return torch.where(is_seen[:, None], vectors, 0.0).unflatten(0, crops.shape[:3])


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
