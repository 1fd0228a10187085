"""LASS-Net whole: a mixture and a cue to what the cue asks for, and the rest."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.errors import ConfigError, suggest
from musasr.layers.padding import within_lengths
from musasr.separators.lass.masks import mask_of
from musasr.separators.lass.query_net import QUERIES
from musasr.separators.lass.res_unet import ResUNet
from musasr.separators.losses import si_sdr
from musasr.separators.stft import StftDecoder, StftEncoder

SILENCE = 1e-8  # of a level: keeps silent mixtures out of the denominator
SOURCES = ("asked", "rest")
LOSSES = ("magnitude", "waveform")


class LassNet(nn.Module):
    """Figure 1 of Liu et al. 2022: QueryNet, SeparationNet, the mixture's phase or a turned one."""

    sources = SOURCES

    def __init__(
        self,
        query: nn.Module,
        unet: ResUNet,
        *,
        stft: Mapping[str, int],
        input_power: float = 1.0,
        mask: str = "magnitude",
        loss: str = "magnitude",
    ):
        """Join parts that are built already.

        Args:
            query: Maps a cue to vectors (B, D).
            unet: Makes a mask's maps of magnitudes and those.
            stft: Arguments of `musasr.separators.stft.StftEncoder`.
            input_power: What the magnitudes that the network sees are raised to; the paper's is 1.
            mask: A name of `musasr.separators.lass.masks.MASKS`: ``magnitude``, the paper's, or ``phase``,
                AudioSep's.
            loss: ``magnitude``, the paper's L1, or ``waveform``, AudioSep's.

        Raises:
            ConfigError: There is no such mask or loss, or the loss says nothing of what the mask does.
        """
        super().__init__()
        if loss not in LOSSES:
            raise ConfigError(f"unknown loss {loss!r}", where="loss", mend=suggest(loss, LOSSES))
        if (mask, loss) == ("phase", "magnitude"):
            what = "turns phases, of which a loss of magnitudes says nothing"
            raise ConfigError(what, where="network.mask: phase", mend="set network.loss to waveform")
        self.query, self.unet = query, unet
        self.encoder, self.decoder = StftEncoder(**stft), StftDecoder(**stft)
        self.input_power, self.loss = input_power, loss
        self.make_mask = mask_of(mask).make

    def forward(
        self, mixture: Tensor, target: Tensor, cue: Tensor
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The loss of mixtures (B, T) whose ``target`` (B, T) the cue asks for: (loss, scores, weight)."""
        lengths = torch.full((len(mixture),), mixture.shape[1], device=mixture.device)
        level = level_of(mixture, lengths)
        mixture, target = mixture / level, target / level
        spectrum, _ = self.encoder(mixture, lengths)
        masked = spectrum * self.mask(spectrum, None, cue)
        scores = {}
        if self.loss == "waveform" or not self.training:
            estimate = self.decoder(masked, lengths)[0]
            scores = _si_sdr_of(estimate, target, lengths)
        if self.loss == "waveform":
            loss = functional.l1_loss(estimate, target)
        else:
            loss = functional.l1_loss(masked.abs(), self.encoder(target, lengths)[0].abs())
        return loss, scores, torch.tensor(len(mixture))

    def mask(self, spectrum: Tensor, num_frames: Tensor | None, cue: Tensor) -> Tensor:
        """The mask (B, L, F), of sizes between 0 and 1, for spectra (B, L, F) of mixtures of level 1."""
        magnitude = spectrum.abs()
        if self.input_power != 1.0:
            magnitude = magnitude.clamp_min(SILENCE).pow(self.input_power)
        return self.make_mask(self.unet(magnitude, num_frames, self.query(cue)))

    def separate(self, mixture: Tensor, lengths: Tensor, cue: Tensor) -> Tensor:
        """Return what is asked for and the rest, (B, 2, T), which sum to the mixture.

        Args:
            mixture: (B, T), of any level.
            lengths: Valid samples (B,).
            cue: What the query's network takes.
        """
        level = level_of(mixture, lengths)
        spectrum, num_frames = self.encoder(mixture / level, lengths)
        masked = spectrum * self.mask(spectrum, num_frames, cue)
        asked = self.decoder(masked, lengths)[0] * level
        return torch.stack([asked, mixture - asked], dim=1)


def level_of(mixture: Tensor, lengths: Tensor) -> Tensor:
    """The root mean square (B, 1) of mixtures (B, T) over their own samples."""
    inside = within_lengths(lengths.to(mixture.device), mixture.shape[1])
    power = torch.where(inside, mixture, 0.0).square().sum(dim=1) / lengths.to(mixture.device)
    return power.sqrt().clamp_min(SILENCE)[:, None]


def _si_sdr_of(estimate: Tensor, target: Tensor, lengths: Tensor) -> dict[str, Tensor]:
    """The mean SI-SDR in dB over the targets that sound; nothing where none does."""
    sounds = target.abs().amax(dim=1) > 0
    if not sounds.any():
        return {}
    parts = (one[sounds].unsqueeze(1) for one in (estimate.detach(), target))
    estimate, target = parts
    return {"si_sdr": si_sdr(estimate=estimate, reference=target, lengths=lengths[sounds]).mean()}


def build_lass(
    *, cue: str, query: Mapping[str, Any], unet: Mapping[str, Any], mask: str = "magnitude", **others: Any
) -> LassNet:
    """The network of a configuration.

    Args:
        cue: What it is told: a name of QUERIES.
        query: Arguments of that.
        unet: Arguments of `ResUNet`, but for query_size and num_maps.
        mask: A name of `musasr.separators.lass.masks.MASKS`.
        others: Of `LassNet`: stft, input_power, loss.

    Raises:
        ConfigError: There is no such cue or mask, or an argument is wrong.
    """
    if cue not in QUERIES:
        raise ConfigError(f"unknown cue {cue!r}", where="cue", mend=suggest(cue, QUERIES))
    network = QUERIES[cue](**query)
    maps = mask_of(mask).num_maps
    return LassNet(network, ResUNet(query_size=network.size, num_maps=maps, **unet), mask=mask, **others)
