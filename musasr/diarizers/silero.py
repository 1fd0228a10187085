"""Speech by silero's network: pieces of the recording at once, as one window after another takes minutes."""

from types import ModuleType

import numpy as np
import torch

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
    samples: np.ndarray,
    *,
    onset: float,
    offset: float,
    min_speech: float,
    min_silence: float,
    padding: float,
) -> list[Span]:
    """Spans by silero's network.

    Args:
        samples: (T,) at 16 kHz.
        onset, offset: Probability of speech at which a span begins, and below which it ends.
        min_speech: Seconds; shorter spans are none.
        min_silence: Seconds without speech that end a span.
        padding: Seconds added before and after.
    """
    samples = np.ascontiguousarray(samples, np.float32)
    found = silero_package().get_speech_timestamps(
        torch.from_numpy(samples),
        _Known(speech_probabilities(samples)),
        threshold=onset,
        neg_threshold=offset,
        min_speech_duration_ms=round(1000 * min_speech),
        min_silence_duration_ms=round(1000 * min_silence),
        speech_pad_ms=round(1000 * padding),
        sampling_rate=RATE,
    )
    return [(one["start"] / RATE, one["end"] / RATE) for one in found]


@torch.inference_mode()
def speech_probabilities(samples: np.ndarray) -> np.ndarray:
    """The probability of speech in each window of samples (T,), the last one filled up with silence.

    The network has a memory; at the beginning of each minute it is cleared and hears the two seconds before.
    """
    detector = load_detector()
    num_windows = -(-len(samples) // WINDOW)
    num_pieces = -(-num_windows // PIECE)
    if num_pieces == 1:
        samples = np.pad(samples, (0, max(0, WINDOW - len(samples))))  # it refuses less than a window
        return detector.audio_forward(torch.from_numpy(samples)[None], RATE)[0].numpy()
    found = []
    for first in range(0, num_pieces, BATCH):
        pieces = [_piece(samples, index) for index in range(first, min(first + BATCH, num_pieces))]
        heard = detector.audio_forward(torch.from_numpy(np.stack(pieces)), RATE)
        found.append(heard[:, WARM_UP:].flatten().numpy())
    return np.concatenate(found)[:num_windows]


def _piece(samples: np.ndarray, index: int) -> np.ndarray:
    """A minute and what is heard before it, silence where the recording has nothing."""
    begin = (index * PIECE - WARM_UP) * WINDOW
    piece = samples[max(0, begin) : (index + 1) * PIECE * WINDOW]
    before = max(0, -begin)
    return np.pad(piece, (before, (PIECE + WARM_UP) * WINDOW - len(piece) - before))


class _Known:
    """In the place of the network, for silero's own rules of spans: the next probability at each call."""

    def __init__(self, probabilities: np.ndarray):
        self._next = iter(probabilities.tolist())

    def reset_states(self) -> None:
        """There is no memory."""

    def __call__(self, window: torch.Tensor, rate: int) -> torch.Tensor:
        return torch.tensor(next(self._next))
