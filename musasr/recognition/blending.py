"""What a recogniser hears: the speech estimate, or the mixture where there is no music, or a blend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from musasr.errors import ConfigError
from musasr.layers.adding_back import SILENCE, add_back
from musasr.layers.padding import within_lengths
from musasr.recipe.decoding import Gate, add_back_of, gate_of

BLOCKS = 10  # energies are summed over a tenth of a segment


@dataclass(frozen=True)
class Blending:
    """What is made of a mixture and its estimates; without settings it is the speech estimate."""

    sampling_rate: int
    gate: Gate | None = None
    add_back_db: float | None = None

    def __call__(self, mixture: Tensor, *, speech: Tensor, music: Tensor | None, lengths: Tensor) -> Tensor:
        """The waveforms (B, T) that the recogniser gets.

        Args:
            mixture: (B, T), zero in the padding.
            speech: The estimate of the speech (B, T), at the level that it has in the mixture.
            music: The estimate of all that is not speech, likewise; None only where no setting asks for it.
            lengths: Valid samples of each (B,).
        """
        heard = speech
        if self.add_back_db is not None:
            heard = add_back(speech, music, lengths, snr_db=self.add_back_db)
        if self.gate is None:
            return heard
        block = max(1, round(self.gate.seconds * self.sampling_rate / BLOCKS))
        level = speech_over_music_db(speech, music, lengths, block=block)
        share = mixture_share(level, low_db=self.gate.low_db, high_db=self.gate.high_db)
        return torch.lerp(heard, mixture, stretch(share, lengths, block=block, num_samples=mixture.shape[1]))

    def check_sources(self, sources: Sequence[str]) -> None:
        """See that a separator gives what the recogniser is to hear.

        Raises:
            ConfigError: It has no source ``speech``, or a setting asks for ``music`` and it has none.
        """
        what = f"the separator has no source {{}} (it has: {', '.join(sources)})"
        if "speech" not in sources:
            mend = "leave the recogniser out, or take another separator"
            raise ConfigError(what.format("'speech'"), mend=mend)
        for key, value in (("gate", self.gate), ("add_back_db", self.add_back_db)):
            if value is not None and "music" not in sources:
                mend = f"set decode.{key} to null, or take another separator"
                raise ConfigError(what.format("'music'"), where=f"decode.{key}", mend=mend)


def blending_of(decode: Mapping[str, Any], *, sampling_rate: int) -> Blending:
    """The blending of a recipe's section ``decode``; a recipe older than these options has none.

    Raises:
        ConfigError: As `musasr.recipe.decoding.gate_of` and `add_back_of`.
    """
    return Blending(sampling_rate, gate_of(decode), add_back_of(decode))


def speech_over_music_db(speech: Tensor, music: Tensor, lengths: Tensor, *, block: int) -> Tensor:
    """How far the speech stands above the music around each block, (B, num_blocks), dB.

    Power is averaged over eleven blocks under a Hann window. A pause counts as loud as the speech of its
    utterance is on average: music that is quiet beside the words is quiet in a pause too.

    Args:
        speech: Estimate (B, T).
        music: Estimate (B, T).
        lengths: Valid samples of each (B,); what lies beyond is not seen.
        block: Samples of a block.
    """
    is_inside = within_lengths(lengths, speech.shape[1])
    counts = smooth(sum_blocks(is_inside.float(), block))
    powers = [
        smooth(sum_blocks(source.float().square() * is_inside, block)) / counts.clamp(min=1.0)
        for source in (speech, music)
    ]
    mean = (speech.float().square() * is_inside).sum(dim=1, keepdim=True) / lengths.unsqueeze(1).clamp(min=1)
    return 10 * torch.log10((torch.maximum(powers[0], mean) + SILENCE) / (powers[1] + SILENCE))


def mixture_share(level_db: Tensor, *, low_db: float, high_db: float) -> Tensor:
    """How much of the mixture passes: 0 at `low_db` and below, 1 at `high_db` and above, linear between."""
    if low_db == high_db:
        return (level_db >= high_db).float()
    return ((level_db - low_db) / (high_db - low_db)).clamp(0.0, 1.0)


def sum_blocks(signal: Tensor, block: int) -> Tensor:
    """Sums over blocks of so many samples, (B, ceil(T / block)) of (B, T)."""
    return functional.pad(signal, (0, -signal.shape[1] % block)).unflatten(1, (-1, block)).sum(dim=2)


def smooth(values: Tensor) -> Tensor:
    """Sums over eleven neighbours under a Hann window, (B, num_blocks) in and out; none beyond the ends."""
    window = torch.hann_window(BLOCKS + 3, periodic=False, device=values.device)[1:-1]
    return functional.conv1d(values.unsqueeze(1), window.view(1, 1, -1), padding=BLOCKS // 2).squeeze(1)


def stretch(values: Tensor, lengths: Tensor, *, block: int, num_samples: int) -> Tensor:
    """Values of blocks (B, num_blocks) at every sample (B, num_samples), linear between the middles."""
    # Blocks that an utterance has only in a longer one's company must not bend its end.
    last = torch.div(lengths - 1, block, rounding_mode="floor").clamp(min=0).unsqueeze(1)
    middle = (torch.arange(num_samples, device=values.device, dtype=torch.float64) + 0.5) / block - 0.5
    place = torch.minimum(middle.clamp(min=0.0).unsqueeze(0), last.double())
    before = place.floor().long()
    after = torch.minimum(before + 1, last)
    return torch.lerp(values.gather(1, before), values.gather(1, after), (place - before).to(values.dtype))
