"""A plain convolutional trunk: the five layers of the AI Rush's organisers, as a baseline."""

from collections.abc import Sequence

from torch import Tensor, nn

from musasr.errors import ConfigError


class ConvStack(nn.Module):
    """Layers of convolution, normalisation, ReLU and max pooling over spectrograms (B, bands, frames)."""

    def __init__(
        self,
        *,
        num_bands: int,
        channels: Sequence[int] = (64, 128, 256, 512, 512),
        pools: Sequence[int | Sequence[int]] = ((2, 4), (2, 4), (2, 4), (4, 4), (4, 2)),
    ):
        """Build the trunk.

        Args:
            num_bands: Bands F of a frame.
            channels: Of each layer, whose convolution is 3 by 3.
            pools: After each layer, one number or (bands, frames).

        Raises:
            ConfigError: The lists differ in length.
        """
        super().__init__()
        if len(channels) != len(pools):
            what = "channels and pools differ in length"
            raise ConfigError(what, where="the trunk", mend="give each one value a layer")
        self.num_bands, self.num_channels = num_bands, channels[-1]
        layers: list[nn.Module] = []
        for before, width, pool in zip((1, *channels), channels, pools, strict=False):
            size = pool if isinstance(pool, int) else tuple(pool)
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            layers.append(nn.MaxPool2d(size))
        self.layers = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, F, L) to (B, L', C), the mean over what is left of the bands."""
        return self.layers(features.unsqueeze(1)).mean(2).transpose(1, 2)
