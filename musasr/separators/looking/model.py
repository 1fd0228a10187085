"""Looking to Listen: a mixture and the faces of those who speak in it to a waveform for each face."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.layers.padding import zero_beyond
from musasr.separators.looking.faces import FACE_ENCODERS
from musasr.separators.looking.network import MaskNetwork
from musasr.separators.looking.spectrum import Spectrum, compress, expand
from musasr.separators.looking.streams import AudioStream, VisualStream

POWER = 0.3


class LookingToListen(nn.Module):
    """Compressed spectrum, masks of the network, expanded spectra, waveforms."""

    def __init__(
        self,
        network: MaskNetwork,
        face_encoder: nn.Module | None,
        spectrum: Spectrum,
        *,
        sampling_rate: int = 16000,
        pictures_per_second: int = 25,
        power: float = POWER,
    ):
        """Join parts that are built already.

        Args:
            network: Gives the masks.
            face_encoder: Gives vectors of what the cue holds; None: the network does not look.
            spectrum: Analysis and synthesis.
            sampling_rate: Of waveforms, Hz.
            pictures_per_second: Of faces.
            power: To which magnitudes are raised before the network sees them, and its masks meet them.
        """
        super().__init__()
        self.network, self.face_encoder, self.spectrum = network, face_encoder, spectrum
        self.sampling_rate, self.pictures_per_second, self.power = sampling_rate, pictures_per_second, power

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of what comes out: the faces in the cue's order."""
        return tuple(f"face{number}" for number in range(1, self.network.num_sources + 1))

    def separate(self, mixture: Tensor, lengths: Tensor, cue: Tensor | None = None) -> Tensor:
        """Return waveforms (B, S, T), zero beyond the lengths, whose sum is not bound to be the mixture.

        Args:
            mixture: (B, T).
            lengths: Valid samples, (B,).
            cue: Of each face, in order, what the face encoder takes of each picture: (B, S, V, ...), the
                first picture shown at the first sample; pictures beyond the lengths are not looked at. None
                for a network that does not look.

        Raises:
            ValueError: There is no cue, or it has another number of faces.
        """
        margin = self.spectrum.win_length  # so that frames overlap at both ends as they do everywhere
        padded = functional.pad(zero_beyond(mixture, lengths.to(mixture.device), axis=1), (margin, margin))
        estimates = self.masked(padded, lengths + 2 * margin, cue, start=-margin)
        spectra = expand(estimates.flatten(0, 1), self.power)
        size = mixture.shape[1]
        waveforms = functional.pad(self.spectrum.synthesise(spectra), (0, size))[:, margin : margin + size]
        return zero_beyond(waveforms.unflatten(0, estimates.shape[:2]), lengths.to(mixture.device), axis=2)

    def masked(
        self, mixture: Tensor, lengths: Tensor | None, cue: Tensor | None, *, start: int = 0
    ) -> Tensor:
        """Return the sources' compressed spectra (B, S, L, F); arguments as `separate`'s.

        Args:
            mixture: (B, T).
            lengths: Valid samples, (B,); None: all.
            cue: The faces.
            start: Sample of the first picture's clock at which the mixture begins.
        """
        compressed = compress(self.spectrum.analyse(mixture), self.power)
        num_frames = None if lengths is None else self.spectrum.count_frames(lengths)
        faces = num_pictures = pictures = None
        if self.network.visual is not None:
            faces = self._faces(cue)
            num_pictures = self._count_pictures(faces, None if lengths is None else lengths + 2 * start)
            pictures = self.pictures_of(compressed.shape[1], num_pictures, start=start)
        return compressed[:, None] * self.network(compressed, num_frames, faces, num_pictures, pictures)

    def _count_pictures(self, faces: Tensor, lengths: Tensor | None) -> Tensor:
        """Pictures (B,) of each item's faces (B, S, V, D) that are shown while its samples (B,) last."""
        shown = torch.full((len(faces),), faces.shape[2], device=faces.device)
        if lengths is None:
            return shown
        samples = lengths.to(faces.device) * self.pictures_per_second
        return torch.minimum(shown, torch.div(samples - 1, self.sampling_rate, rounding_mode="floor") + 1)

    def pictures_of(self, num_frames: int, num_pictures: Tensor, *, start: int = 0) -> Tensor:
        """Which picture is shown in the middle of each frame, (B, L); the nearest where there is none.

        Args:
            num_frames: L.
            num_pictures: Of each item, (B,).
            start: See `masked`.
        """
        frames = torch.arange(num_frames, device=self.spectrum.window.device)
        middles = start + frames * self.spectrum.hop_length + self.spectrum.win_length // 2
        shown = torch.div(middles * self.pictures_per_second, self.sampling_rate, rounding_mode="floor")
        return torch.minimum(shown.clamp_min(0), num_pictures[:, None] - 1)

    def _faces(self, cue: Tensor | None) -> Tensor:
        """Face vectors (B, S, V, D) of the cue.

        Raises:
            ValueError: There is no cue, or it has another number of faces.
        """
        expected = self.network.num_sources
        if cue is None or cue.shape[1] != expected:
            found = 0 if cue is None else cue.shape[1]
            raise ValueError(f"the cue has {found} faces, and the network separates {expected}")
        return self.face_encoder(cue)


def build_model(
    *,
    num_sources: int,
    face_encoder: str | None,
    face_encoder_conf: Mapping[str, Any],
    audio_conf: Mapping[str, Any],
    visual_conf: Mapping[str, Any],
    spectrum_conf: Mapping[str, Any],
    hidden_size: int = 400,
    fusion_size: int = 600,
    mask: str = "sigmoid",
    mask_bounds: Sequence[float] = (-1.0, 1.0),
    power: float = POWER,
    sampling_rate: int = 16000,
    pictures_per_second: int = 25,
) -> LookingToListen:
    """The model of a configuration's section; its keys are the parts' arguments.

    Args:
        num_sources: Faces (S).
        face_encoder: ``crops``, ``vectors``, or None: the audio-only baseline.
        face_encoder_conf: Its arguments, ``face_dim`` among them.
        audio_conf: Of `AudioStream`.
        visual_conf: Of `VisualStream`; ``channels`` among them.
        spectrum_conf: Of `Spectrum`.
        hidden_size: Units of the BLSTM.
        fusion_size: Units of the layers behind it.
        mask: sigmoid or tanh.
        mask_bounds: Of a sigmoid mask's parts.
        power: Of the power law.
        sampling_rate: Hz.
        pictures_per_second: Of the faces.

    Raises:
        ValueError: An argument is out of its range.
        TypeError: A part does not take an argument.
    """
    spectrum = Spectrum(**spectrum_conf)
    encoder = visual = None
    if face_encoder is not None:
        encoder = FACE_ENCODERS[face_encoder](**face_encoder_conf)
        visual = VisualStream(face_encoder_conf["face_dim"], **visual_conf)
    network = MaskNetwork(
        AudioStream(spectrum.num_bins, **audio_conf),
        visual,
        num_bins=spectrum.num_bins,
        visual_dim=visual_conf.get("channels", 256),
        num_sources=num_sources,
        hidden_size=hidden_size,
        fusion_size=fusion_size,
        mask=mask,
        mask_bounds=mask_bounds,
    )
    return LookingToListen(
        network,
        encoder,
        spectrum,
        sampling_rate=sampling_rate,
        pictures_per_second=pictures_per_second,
        power=power,
    )
