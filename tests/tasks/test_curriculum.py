from types import SimpleNamespace

from musasr.tasks.curriculum import CtcFirst


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
