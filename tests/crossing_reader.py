"""A reader that is nobody's network: a word for each stretch of sound, named by its zero crossings."""

import torch

from musasr.recognizers.reader import Reading, Word


class CrossingReader:
    """Reads ``z12`` where the signal crosses zero 12 times within ``seconds``; says nothing of silence."""

    def __init__(self, seconds: float, *, sampling_rate: int, device: str = "cpu"):
        self.sampling_rate = sampling_rate
        self.device = device
        self.size = round(seconds * sampling_rate)

    def __call__(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> list[Reading]:
        return [
            self._read(waveform[:length])
            for waveform, length in zip(waveforms, lengths.tolist(), strict=True)
        ]

    def _read(self, waveform: torch.Tensor) -> Reading:
        words = []
        for index, part in enumerate(waveform.split(self.size)):
            if part.any():
                start = index * self.size
                words.append(self._word(part, start=start, end=start + len(part)))
        return Reading(tuple(words), score=-float(len(words)))

    def _word(self, part: torch.Tensor, *, start: int, end: int) -> Word:
        count = int(((part[1:] < 0) != (part[:-1] < 0)).sum())
        sureness = 1.0 - count / len(part)
        return Word(f"z{count}", start / self.sampling_rate, end / self.sampling_rate, sureness)
