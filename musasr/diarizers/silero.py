"""Speech by silero's network: pieces of the recording at once, as one window after another takes minutes."""

from collections.abc import Iterable, Iterator
from itertools import batched, chain
from types import ModuleType

import numpy as np
import torch

from musasr.audio.conversion import of_one_size
from musasr.kaldi.rttm import Span

RATE, WINDOW = 16_000, 512  # what it was trained on: Hz, samples
PIECE, WARM_UP = 1875, 62  # windows: a minute, and two seconds before anything that the network hears first
BATCH = 15  # pieces at once


def load_detector() -> torch.nn.Module:
    """Silero's network: ``audio_forward(samples (B, T), RATE)`` gives probabilities (B, windows)."""
    return silero_package().load_silero_vad(onnx=False)


def silero_package() -> ModuleType:
    """The package, whose weights are in it, with torch's number of threads as it was: its import sets 1."""
    num_threads = torch.get_num_threads()
    import silero_vad

    torch.set_num_threads(num_threads)
    return silero_vad


def silero_speech(
    blocks: Iterable[np.ndarray],
    *,
    onset: float,
    offset: float,
    min_speech: float,
    min_silence: float,
    padding: float,
) -> list[Span]:
    """Spans by silero's network.

    Args:
        blocks: The whole recording (T,) at 16 kHz, in blocks of any size.
        onset, offset: Probability of speech at which a span begins, and below which it ends.
        min_speech: Seconds; shorter spans are none.
        min_silence: Seconds without speech that end a span.
        padding: Seconds added before and after.
    """
    num_samples = 0

    def counted() -> Iterator[np.ndarray]:
        nonlocal num_samples
        for block in blocks:
            num_samples += len(block)
            yield block

    known = _Known(speech_probabilities(counted()))
    found = silero_package().get_speech_timestamps(
        torch.zeros(1).expand(num_samples),  # it is asked for its length alone
        known,
        threshold=onset,
        neg_threshold=offset,
        min_speech_duration_ms=round(1000 * min_speech),
        min_silence_duration_ms=round(1000 * min_silence),
        speech_pad_ms=round(1000 * padding),
        sampling_rate=RATE,
    )
    return [(one["start"] / RATE, one["end"] / RATE) for one in found]


@torch.inference_mode()
def speech_probabilities(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """The probability of speech in each window of a recording, the last one filled up with silence.

    The network has a memory; at the beginning of each minute it is cleared and hears the two seconds before.

    Args:
        blocks: The whole recording (T,) at 16 kHz, in blocks of any size.
    """
    detector = load_detector()
    minutes = of_one_size(blocks, PIECE * WINDOW)
    first, second = next(minutes, np.zeros(0, np.float32)), next(minutes, None)
    if second is None:
        only = np.pad(first, (0, max(0, WINDOW - len(first))))  # it refuses less than a window
        return detector.audio_forward(torch.from_numpy(only)[None], RATE)[0].numpy()
    found, num_samples = [], 0
    for some in batched(_warmed_up(chain([first, second], minutes)), BATCH):
        heard = detector.audio_forward(torch.from_numpy(np.stack([piece for _, piece in some])), RATE)
        found.append(heard[:, WARM_UP:].flatten().numpy())
        num_samples += sum(length for length, _ in some)
    return np.concatenate(found)[: -(-num_samples // WINDOW)]


def _warmed_up(minutes: Iterable[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (samples of a minute, these behind what is heard before them), silence where there is nothing."""
    before = np.zeros(WARM_UP * WINDOW, np.float32)
    for minute in minutes:
        filled = np.pad(minute, (0, PIECE * WINDOW - len(minute)))
        yield len(minute), np.concatenate([before, filled])
        before = filled[-WARM_UP * WINDOW :]


class _Known:
    """In the place of the network, for silero's own rules of spans: the next probability at each call."""

    def __init__(self, probabilities: np.ndarray):
        self._next = iter(probabilities.tolist())

    def reset_states(self) -> None:
        """There is no memory."""

    def __call__(self, window: torch.Tensor, rate: int) -> torch.Tensor:
        return torch.tensor(next(self._next))
