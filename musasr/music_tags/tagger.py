"""A trained tagger on files of any length: window by window, and of the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.classification.batches import cut
from musasr.classification.folder import WEIGHTS
from musasr.digests import digest_of_file
from musasr.music_tags.features import features_of

HOP = 512  # samples of a frame
SILENCE_DB = -50.0  # RMS re full scale, below which nothing is described
LEAST_FRACTION = 0.5  # of a window, that a last one must have to count beside others


@dataclass(frozen=True)
class Window:
    """What sounds from `start` to `end` (seconds): probabilities by head and label; how much is speech."""

    start: float
    end: float
    scores: dict[str, dict[str, float]]
    speech: float | None = None


class Tagger:
    """A trained network and its labels.

    `whole` and `top` are what the command line and subtitles show of the windows that `tag_file` yields.
    """

    def __init__(self, directory: Path, *, device: str = "cpu"):
        """Load it.

        Raises:
            StateError: The folder holds no trained tagger, or its files are broken.
        """
        from musasr.music_tags import networks

        self.network, config = networks.load(directory)
        self.network.to(device)
        self.labels, self.device = networks.labels_of(config), device
        self.num_frames = config["items"]["num_frames"]
        self.digest = digest_of_file(directory / WEIGHTS)

    def tag_file(self, path: Path, *, stream: int = 0, speech: bool = False) -> Iterator[Window]:
        """Yield the windows of a media file, each as long as what the network was trained on.

        A file that is shorter is one window; what is left at the end, if less than half, is the last one's.

        Args:
            path: Audio or video.
            stream: Which audio stream, of a container that holds several.
            speech: Whether each window is to say how much of it is speech.

        Raises:
            DataError: It cannot be read.
        """
        from musasr.classifiers.features import SAMPLING_RATE

        size, place = self.num_frames * HOP, 0
        for samples in stretches(audio.stream_mono(path, sampling_rate=SAMPLING_RATE, stream=stream), size):
            end = place + len(samples)
            share = _speech_fraction(samples) if speech else None
            yield Window(place / SAMPLING_RATE, end / SAMPLING_RATE, self.tag(samples), share)
            place = end

    def tag(self, samples: np.ndarray) -> dict[str, dict[str, float]]:
        """Each head's probability of each label for samples (T,) at 16 kHz, T from 1."""
        import torch

        features = cut(features_of(samples), self.num_frames, None)
        with torch.inference_mode():
            found = self.network.probabilities(torch.from_numpy(features.copy())[None].to(self.device))
        return {
            head: dict(zip(getattr(self.labels, head), values[0].tolist(), strict=True))
            for head, values in found.items()
        }

    def words(self, samples: np.ndarray) -> str | None:
        """What samples (T,) at 16 kHz sound like, as a subtitle says it; None: there is hardly any sound."""
        scores = self._scores(samples)
        if scores is None:
            return None
        shown = top(scores["tags"], 3, least=0.5) if "tags" in scores else top(scores["station"], 1)
        return ", ".join(label for label, _ in shown)

    def answers(self, samples: np.ndarray) -> list[str]:
        """The likeliest station and tag of samples (T,) at 16 kHz, as far as it has them; none of silence."""
        scores = self._scores(samples) or {}
        return [top(scores[head], 1)[0][0] for head in ("station", "tags") if head in scores]

    def _scores(self, samples: np.ndarray) -> dict[str, dict[str, float]] | None:
        """The probabilities of samples as a whole; None: there is hardly any sound."""
        if not len(samples) or 10 * np.log10(np.mean(samples**2) + 1e-20) < SILENCE_DB:
            return None
        cuts = stretches(iter([samples]), self.num_frames * HOP)
        return whole([Window(0.0, float(len(one)), self.tag(one)) for one in cuts])


def whole(windows: Sequence[Window]) -> dict[str, dict[str, float]]:
    """The mean of windows' probabilities, each weighted by its length."""
    lengths = np.array([one.end - one.start for one in windows])
    return {
        head: {
            label: float(np.average([one.scores[head][label] for one in windows], weights=lengths))
            for label in labels
        }
        for head, labels in windows[0].scores.items()
    }


def top(scores: dict[str, float], count: int, *, least: float = 0.0) -> list[tuple[str, float]]:
    """The likeliest labels, at most so many, of at least this probability; the first always."""
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return ranked[:1] + [item for item in ranked[1:count] if item[1] >= least]


def stretches(blocks: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Yield stretches (size,) of a stream; the last has half of that to 1.5 times, or is all there is."""
    held, length = [], 0
    for block in blocks:
        held.append(block)
        length += len(block)
        while length >= size * (1 + LEAST_FRACTION):
            joined = np.concatenate(held)
            yield joined[:size]
            held, length = [joined[size:]], length - size
    if length:
        yield np.concatenate(held)


def _speech_fraction(samples: np.ndarray) -> float:
    from musasr.diarizers.silero import speech_probabilities

    return float((speech_probabilities([samples]) >= 0.5).mean())
