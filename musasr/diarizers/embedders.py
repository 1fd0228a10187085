"""What makes a vector of each voice: our own trained network, weights of CAM++, or any network as ONNX."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from musasr.atomic import replacing
from musasr.diarizers.onnx_network import open_network
from musasr.digests import digest_of_file
from musasr.errors import ConfigError

RATE = 16_000  # Hz, of what they hear
BATCH = 16  # windows; 32 take CAM++ a gigabyte more and as long
ENDINGS = (".onnx", ".pt")
KEPT = "embedder"  # with its ending: the file of a network by file in a folder of ours
AGGREGATED_OVERLAP = 0.1  # of a segment, which two neighbours of one window share


class Embedder(Protocol):
    """Waveforms (B, T) at 16 kHz, of one length, to vectors (B, E): near where the voice is the same."""

    def __call__(self, waveforms: np.ndarray) -> np.ndarray:
        """See the class."""


class OwnEmbedder:
    """The vectors of a network that we trained (`musasr.classification.speakers`)."""

    def __init__(self, directory: Path, device: str = "cpu"):
        """Read it.

        Raises:
            StateError: The folder holds no trained network, or a broken one.
        """
        # Not musasr.classification.speakers: it brings what trains, and half a gigabyte.
        from musasr.classification.folder import load_network
        from musasr.classifiers.networks import SpeakerEmbedder

        self.network = load_network(directory, SpeakerEmbedder).requires_grad_(False).to(device)
        self.device = device

    def __call__(self, waveforms: np.ndarray) -> np.ndarray:
        """See `Embedder`."""
        import torch

        with torch.inference_mode():
            return self.network.embed(torch.from_numpy(waveforms).to(self.device)).cpu().numpy()


class CamEmbedder:
    """The vectors of CAM++."""

    def __init__(self, path: Path, device: str = "cpu"):
        """Read the weights.

        Raises:
            StateError: The file holds others, or is broken.
        """
        from musasr.diarizers.cam_plus_plus import load_cam_plus_plus

        self.model, self.device = load_cam_plus_plus(path).to(device), device

    def __call__(self, waveforms: np.ndarray) -> np.ndarray:
        """See `Embedder`."""
        import torch

        from musasr.diarizers.fbank import fbank

        with torch.inference_mode():
            features = fbank(torch.from_numpy(waveforms).to(self.device))
            return self.model(features - features.mean(dim=1, keepdim=True)).cpu().numpy()


class OnnxEmbedder:
    """The vectors of a network of one input, waveforms (B, T) or Kaldi's log mel energies (B, L, F)."""

    def __init__(self, path: Path):
        """Open it.

        Raises:
            StateError: The file is none that onnxruntime can run, or wants another input.
        """
        mend = "name a network of one input: waveforms (B, T), or log mel energies (B, L, F)"
        self.session = open_network(path, num_axes=(2, 3), mend=mend)
        self.input = self.session.get_inputs()[0]

    def __call__(self, waveforms: np.ndarray) -> np.ndarray:
        """See `Embedder`."""
        given = waveforms
        if len(self.input.shape) == 3:
            import torch

            from musasr.diarizers.fbank import fbank

            size = self.input.shape[2]
            features = fbank(torch.from_numpy(waveforms), num_mels=size if isinstance(size, int) else 80)
            given = (features - features.mean(dim=1, keepdim=True)).numpy()
        return self.session.run(None, {self.input.name: given})[0].reshape(len(waveforms), -1)


def open_embedder(path: str | Path, *, device: str = "cpu") -> Embedder:
    """The network of a folder, trained or kept by us, or of a file: .onnx, or .pt of CAM++ weights.

    Raises:
        ConfigError: As `check_embedder`.
        StateError: It is broken, or holds something else.
    """
    check_embedder(Path(path))
    path = network_of(Path(path))
    if path.is_dir():
        return OwnEmbedder(path, device)
    kinds: dict[str, Callable[[Path], Embedder]] = {
        ".onnx": OnnxEmbedder,
        ".pt": lambda one: CamEmbedder(one, device),
    }
    return kinds[path.suffix](path)


def check_embedder(path: Path) -> None:
    """See that a path may be a network of voices, before hours are spent on what comes before it.

    Raises:
        ConfigError: There is no such file, or it is of another kind.
    """
    if not path.exists():
        raise ConfigError("no such file", where=path, mend="check the path of the network of voices")
    if not path.is_dir() and path.suffix not in ENDINGS:
        mend = "name the folder of a trained one, an .onnx file, or a .pt file of CAM++ weights"
        raise ConfigError("is no network of voices", where=path, mend=mend)


def digest_of_embedder(path: Path) -> str:
    """The digest of what decides its vectors."""
    from musasr.classification.folder import WEIGHTS

    path = network_of(path)
    return digest_of_file(path / WEIGHTS if path.is_dir() else path)


def network_of(path: Path) -> Path:
    """The file that a folder of `keep_embedder` holds; any other path as it is."""
    kept = (path / f"{KEPT}{ending}" for ending in ENDINGS)
    return next((one for one in kept if one.is_file()), path)


def keep_embedder(path: Path, folder: Path) -> None:
    """Copy a network into a folder of its own, beside which settings may stand; it takes another's place."""
    from musasr.classification.folder import CONFIG, WEIGHTS

    for name in (CONFIG, WEIGHTS, *(f"{KEPT}{ending}" for ending in ENDINGS)):
        (folder / name).unlink(missing_ok=True)
    network = network_of(path)
    names = {name: network / name for name in (CONFIG, WEIGHTS)} if network.is_dir() else {}
    for name, source in (names or {f"{KEPT}{network.suffix}": network}).items():
        with replacing(folder / name) as temporary:
            shutil.copyfile(source, temporary)


def embed_all(
    embedder: Embedder, waveforms: np.ndarray, *, segment_seconds: float | None = None
) -> np.ndarray:
    """Vectors (N, E) of windows (N, T), a few at a time.

    Args:
        embedder: What makes them.
        waveforms: Windows at 16 kHz.
        segment_seconds: Segment aggregation (Seo et al. 2020): each window's vector is the mean of those of
            segments of it of this length, neighbours sharing a tenth; None: of the window as it is.
    """
    found = []
    for first in range(0, len(waveforms), BATCH):
        batch = waveforms[first : first + BATCH]
        if segment_seconds is None:
            found.append(embedder(batch))
            continue
        segments = segments_of(batch, round(segment_seconds * RATE))
        vectors = embedder(segments.reshape(-1, segments.shape[-1]))
        found.append(vectors.reshape(len(batch), segments.shape[1], -1).mean(axis=1))
    return np.concatenate(found)


def segments_of(windows: np.ndarray, size: int) -> np.ndarray:
    """Segments (B, segments, size) of windows (B, T); the last one ends where the window does."""
    length = windows.shape[1]
    if length <= size:
        return windows[:, None]
    starts = list(range(0, length - size + 1, size - round(AGGREGATED_OVERLAP * size)))
    if starts[-1] + size < length:
        starts.append(length - size)
    return np.stack([windows[:, start : start + size] for start in starts], axis=1)
