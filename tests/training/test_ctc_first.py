from types import SimpleNamespace

import pytest

from musasr.errors import ConfigError
from musasr.training.callbacks.ctc_first import CtcFirst


def test_ctc_alone_first_then_both_and_validation_always_both():
    recognizer = SimpleNamespace(ctc_weight=0.5)
    module = SimpleNamespace(model=SimpleNamespace(s2t_model=recognizer))
    callback = CtcFirst(2)
    callback.on_fit_start(SimpleNamespace(), module)
    weights = []
    for epoch in range(4):
        callback.on_train_epoch_start(SimpleNamespace(current_epoch=epoch), module)
        in_training = recognizer.ctc_weight
        callback.on_validation_start(SimpleNamespace(), module)
        weights.append((in_training, recognizer.ctc_weight))
    assert weights == [(1.0, 0.5), (1.0, 0.5), (0.5, 0.5), (0.5, 0.5)]


def test_without_ctc_there_is_nothing_to_learn_first():
    module = SimpleNamespace(model=SimpleNamespace(s2t_model=SimpleNamespace(ctc_weight=0.0)))
    with pytest.raises(ConfigError, match="ctc_first_epochs wants a CTC loss; set it to 0"):
        CtcFirst(2).on_fit_start(SimpleNamespace(), module)
