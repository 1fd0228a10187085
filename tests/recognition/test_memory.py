from types import SimpleNamespace

import numpy as np
import pytest
import torch

from musasr.errors import StateError
from musasr.mixing.dynamic import Mixture
from musasr.recognition.condition import ConditionRecognizer


def recognise(recognizer):
    run = SimpleNamespace(asked=SimpleNamespace(ngpu=0), config={"sampling_rate": 16000})
    mixtures = [Mixture(*[np.zeros(size, np.float32)] * 3) for size in (8000, 40000)]
    return ConditionRecognizer(run)._recognize(recognizer, mixtures)


def test_memory_that_does_not_suffice_names_the_lengths_and_what_to_lower():
    def recognizer(mixtures):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    with pytest.raises(
        StateError, match=r"out of memory at 2 utterances of up to 2.5 s; lower decode.batch_s"
    ):
        recognise(recognizer)


def test_another_fault_keeps_its_traceback():
    def recognizer(mixtures):
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        recognise(recognizer)


def test_a_gpu_without_memory_is_explained_alike():
    def recognizer(mixtures):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")

    with pytest.raises(StateError, match=r"2 utterances of up to 2.5 s; lower decode.batch_seconds, "):
        recognise(recognizer)
