"""What is frozen does not move, and gradients pass through it all the same."""

import pytest
import torch
from small_models import batch, options

from musasr.joint import JointModel
from musasr.training.train import build

FROZEN = {"front": "s2t_model", "back": "enh_model"}
STEPS = 3


def make(fine_tune, *, front_end="time", device="cpu"):
    torch.manual_seed(0)
    args = options("smoke", front_end, "recognizer", model_conf={"fine_tune": fine_tune})
    args.asr_decoder_conf = args.asr_decoder_conf | {"num_layers": 2}
    return build(args, where="test").to(device).train()


def train(model, batches):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.01, weight_decay=0.1)
    for one in batches:
        optimizer.zero_grad()
        model(**one)[0].backward()
        optimizer.step()


def loss_of(model, one):
    """The loss of a batch without dropout."""
    model.eval()
    with torch.no_grad():
        loss = float(model(**one)[0])
    model.train()
    return loss


def state(model):
    """Every parameter and buffer, those too that stay out of checkpoints."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return {name: value.detach().clone() for name, value in tensors}


@pytest.mark.parametrize("fine_tune", ["front", "back"])
@pytest.mark.parametrize("front_end", ["time", "frequency"])
def test_what_is_frozen_stays_to_the_bit_over_several_steps(fine_tune, front_end):
    model = make(fine_tune, front_end=front_end)
    before = state(model)
    train(model, [batch()] * STEPS)
    moved = {name for name, value in state(model).items() if not torch.equal(value, before[name])}
    assert not {name for name in moved if name.startswith(FROZEN[fine_tune])}
    other = ({"s2t_model", "enh_model"} - {FROZEN[fine_tune]}).pop()
    trained = {name for name, parameter in model.named_parameters() if name.startswith(other)}
    assert {name for name in trained - moved if not name.endswith("gvec.bias")} == set()


@pytest.mark.parametrize("front_end", ["time", "frequency"])
def test_the_recognition_loss_alone_reaches_the_separator_through_a_frozen_recogniser(front_end):
    model = make("front", front_end=front_end)
    one = batch()
    one["speech"] = one["speech_ref1"]
    one["speech_ref2"] = torch.zeros_like(one["speech"])  # without music there is no separation loss
    model(**one)[0].backward()
    for name, parameter in model.named_parameters():
        if name.startswith("s2t_model"):
            assert parameter.grad is None, name
    gradients = {name: parameter.grad for name, parameter in model.enh_model.named_parameters()}
    assert {name for name, gradient in gradients.items() if gradient is None or not gradient.any()} == set()
    assert all(gradient.isfinite().all() for gradient in gradients.values())


def test_a_frozen_recogniser_passes_the_gradient_that_a_trained_one_passes():
    gradients = []
    for fine_tune in ("front", "both"):
        model = make(fine_tune)
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.eval()
        model(**batch())[0].backward()
        gradients.append([parameter.grad for parameter in model.enh_model.parameters()])
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("front_end", ["time", "frequency"])
def test_no_graph_is_built_for_a_frozen_separator(front_end):
    model = make("back", front_end=front_end)
    one = batch()
    one["speech"].requires_grad_()
    estimates = model.separate(one["speech"], one["speech_lengths"])
    assert not estimates.requires_grad
    assert estimates.grad_fn is None


class Recogniser(torch.nn.Module):
    """Statistics, dropout in and beside LSTMs: all that could move or differ in a frozen part."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(1)
        self.recur = torch.nn.LSTM(1, 4, num_layers=2, dropout=0.9, batch_first=True)
        self.drop = torch.nn.Dropout(0.9)

    def forward(self, speech, speech_lengths, text, text_lengths):
        frames = self.norm(speech[:, None, ::160]).transpose(1, 2)
        loss = self.drop(self.recur(frames)[0]).square().mean()
        return loss, {}, None


def test_neither_statistics_nor_dropout_stir_in_any_frozen_recogniser():
    recogniser = Recogniser()
    model = JointModel(make("none").enh_model, recogniser, fine_tune="front").train()
    before = state(recogniser)
    losses = [model(**batch())[1]["loss_asr"] for _ in range(2)]
    assert losses[0] == losses[1]
    train(model, [batch()] * STEPS)
    assert all(torch.equal(value, before[name]) for name, value in state(recogniser).items())


def test_lstms_of_a_frozen_recogniser_keep_what_cudnn_wants_for_a_backward_pass(monkeypatch):
    # cuDNN refuses ("cudnn RNN backward can only be called in training mode") what torch allows on a CPU.
    modes, lstm = [], torch.lstm
    monkeypatch.setattr(torch, "lstm", lambda *args: modes.append(args[6]) or lstm(*args))
    model = make("front")
    layers = [module for module in model.s2t_model.modules() if isinstance(module, torch.nn.RNNBase)]
    model(**batch())
    assert layers
    assert all(layer.training and layer.dropout == 0 for layer in layers)
    assert modes == [True]
    others = [module for module in model.s2t_model.modules() if not isinstance(module, torch.nn.RNNBase)]
    assert not any(module.training for module in others)
    model.eval()
    modes.clear()
    with torch.no_grad():
        model(**batch())
    assert not any(layer.training for layer in layers)
    assert not any(modes)


NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NEEDS_GPU)])
@pytest.mark.parametrize("fine_tune", ["front", "back", "both"])
def test_each_fine_tuning_learns_and_moves_its_own_part_alone(fine_tune, device):
    one = {name: value.to(device) for name, value in batch().items()}
    model = make(fine_tune, device=device)
    before, loss = state(model), loss_of(model, one)
    train(model, [one] * 5)
    moved = {
        name.split(".")[0] for name, value in state(model).items() if not torch.equal(value, before[name])
    }
    assert moved == {"s2t_model", "enh_model"} - {FROZEN.get(fine_tune)}
    assert loss_of(model, one) < loss
