"""conf/csj_anime.yaml is the paper: every model at full size, counted by hand, and a step of its training."""

from argparse import Namespace

import pytest
import torch
from espnet2.enh.separator.tcn_separator import TCNSeparator
from runs import make_run

from musasr.joint import JointModel
from musasr.recipe import config as configuration
from musasr.recipe.workdir import Workdir
from musasr.tasks.options import write_options
from musasr.training.train import build

from espnet2.tasks.abs_task import optim_classes  # isort: skip  (after our registry)

PAPER = configuration.load(configuration.CONF / "csj_anime.yaml")
# The paper's letters: filters, their taps, bottleneck, hidden channels, taps, blocks, stacks; then sources.
N, L, B, H, P, X, R, S = 256, 20, 256, 512, 3, 8, 4, 2
BINS, CELLS, UNITS, CHANNELS = 257, 320, 9515, 32
NUM_SAMPLES = (8000, 6400)

BLOCK = 2 * B * H + H * P + 2 * (2 * H) + 2  # two 1x1 convolutions, one depthwise, two gLN, two PReLU
TCN = 2 * N + N * B + R * X * BLOCK + 1 + B * S * N
TIME = TCN + 2 * N * L


def lstm(input_size: int) -> int:
    """Parameters of one direction: four gates of a matrix for each side and two biases."""
    return 4 * CELLS * (input_size + CELLS + 2)


FREQUENCY = 2 * (lstm(BINS) + 4 * lstm(2 * CELLS)) + (2 * CELLS + 1) * S * BINS
CONVOLUTIONS = (9 + 1) * CHANNELS + (9 * CHANNELS + 1) * CHANNELS
# 40 mel channels after two strides of 2: 10
ENCODER = CONVOLUTIONS + 2 * (lstm(CHANNELS * 10) + 4 * lstm(2 * CELLS)) + 2 * (2 * CELLS)
ATTENTION = (2 * CELLS + 1) * CELLS + CELLS * CELLS + 10 * CELLS + 10 * 201 + CELLS + 1
DECODER = UNITS * CELLS + lstm(CELLS + 2 * CELLS) + lstm(CELLS) + (CELLS + 1) * UNITS + ATTENTION
RECOGNIZER = ENCODER + DECODER

SIZES = {
    "time": TIME,
    "frequency": FREQUENCY,
    "none+clean": RECOGNIZER,
    "none+mixture": RECOGNIZER,
    "time+mixture:both": TIME + RECOGNIZER,
    "frequency+mixture:both": FREQUENCY + RECOGNIZER,
}


@pytest.fixture
def make(tmp_path):
    """A function that builds a training's model as musasr train does; returns it with ESPnet's options."""

    def make(name: str) -> tuple[JointModel, Namespace]:
        workdir = Workdir(tmp_path)
        workdir.units.mkdir(parents=True, exist_ok=True)
        tokens = ["<blank>", "<unk>", *(f"u{index}" for index in range(UNITS - 3)), "<sos/eos>"]
        (workdir.units / "tokens.txt").write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
        workdir.training(name).mkdir(parents=True)
        args = write_options(make_run(tmp_path, "csj_anime", systems="all"), name)
        torch.manual_seed(0)
        return build(args, where=name), args

    return make


def batch() -> dict[str, torch.Tensor]:
    lengths = torch.tensor(NUM_SAMPLES)
    inside = torch.arange(max(NUM_SAMPLES))[None] < lengths[:, None]
    generator = torch.Generator().manual_seed(1)
    references = 0.1 * torch.randn(2, 2, max(NUM_SAMPLES), generator=generator) * inside
    return {
        "speech": references.sum(dim=0),
        "speech_lengths": lengths,
        "speech_ref1": references[0],
        "speech_ref2": references[1],
        "text": torch.tensor([[3, UNITS - 2, 5], [6, 7, -1]]),
        "text_lengths": torch.tensor([3, 2]),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", SIZES)
def test_every_model_has_the_papers_size_and_takes_a_step(make, name):
    model, args = make(name)
    assert sum(parameter.numel() for parameter in model.parameters()) == SIZES[name]
    optimizer = optim_classes[args.optim](model.parameters(), **args.optim_conf)
    assert isinstance(optimizer, torch.optim.Adam)
    assert optimizer.defaults["lr"] == (1e-4 if ":" in name else 1e-3)
    before = {key: parameter.detach().clone() for key, parameter in model.named_parameters()}
    loss, stats, weight = model.train()(**batch())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), PAPER["training"]["time"]["grad_clip"])
    optimizer.step()
    assert weight == len(NUM_SAMPLES)
    assert all(torch.isfinite(value).all() for value in stats.values())
    for key, parameter in model.named_parameters():
        assert torch.isfinite(parameter).all(), key
        # The attention's last bias moves all energies alike, which the softmax does not see.
        assert not torch.equal(parameter, before[key]) or key.endswith("gvec.bias"), key
    if ":" in name:
        torch.testing.assert_close(stats["loss"], stats["loss_sep"] + 2.0 * stats["loss_asr"])  # alpha = 2


def test_the_time_domain_separators_shapes(make):
    enh_model = make("time")[0].enh_model
    assert enh_model.encoder.conv1d.weight.shape == enh_model.decoder.convtrans1d.weight.shape == (N, 1, L)
    assert enh_model.encoder.stride == L // 2
    normalise, narrow, stacks, _, widen = enh_model.separator.tcn.network
    assert normalise.gamma.shape == (1, N, 1)
    assert (narrow.weight.shape, widen.weight.shape) == ((B, N, 1), (S * N, B, 1))
    assert (len(stacks), {len(stack) for stack in stacks}) == (R, {X})
    for stack in stacks:
        for x, block in enumerate(stack):
            assert block.net[0].weight.shape == (H, B, 1)
            depthwise, project = block.net[3].net[0], block.net[3].net[3]
            assert (depthwise.weight.shape, depthwise.dilation) == ((H, 1, P), (2**x,))
            assert project.weight.shape == (B, H, 1)
    assert sum(parameter.numel() for parameter in enh_model.separator.parameters()) == 8_700_481


def test_espnets_separator_of_the_papers_size_takes_our_weights_and_gives_our_output(make):
    ours = make("time")[0].enh_model.separator
    theirs = TCNSeparator(N, layer=X, stack=R, bottleneck_dim=B, hidden_dim=H, kernel=P, norm_type="gLN")
    theirs.load_state_dict(ours.state_dict())
    mixture = torch.rand(1, 80, N, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        estimates, _, _ = ours(mixture, torch.tensor([80]))
        expected, _, _ = theirs(mixture, torch.tensor([80]))
    torch.testing.assert_close(estimates, expected, atol=1e-4, rtol=1e-4)
    ours.load_state_dict(theirs.state_dict())


def test_the_frequency_domain_separators_shapes(make):
    enh_model = make("frequency")[0].enh_model
    for part in (enh_model.encoder, enh_model.decoder):  # 25 ms and 10 ms at 16 kHz
        assert (part.n_fft, part.win_length, part.hop_length) == (512, 400, 160)
        torch.testing.assert_close(part.window, torch.hann_window(400))
    separator = enh_model.separator
    sizes = [(lstm.input_size, lstm.hidden_size) for layer in separator.layers for lstm in layer.directions]
    assert sizes == 2 * [(BINS, CELLS)] + 8 * [(2 * CELLS, CELLS)]
    assert separator.linear.weight.shape == (S * BINS, 2 * CELLS)


def test_the_recognisers_shapes(make):
    recognizer = make("none+mixture")[0].s2t_model
    frontend, encoder, decoder = recognizer.frontend, recognizer.encoder, recognizer.decoder
    assert (frontend.output_size(), frontend.win_length, frontend.hop_length) == (40, 400, 160)
    assert [(one.kernel_size, one.stride) for one in encoder.convolutions] == 2 * [((3, 3), (2, 2))]
    sizes = [lstm.hidden_size for layer in encoder.layers for lstm in layer.directions]
    assert sizes == 5 * 2 * [CELLS]
    assert encoder.norm.normalized_shape == (2 * CELLS,)
    assert [cell.hidden_size for cell in decoder.decoder] == 2 * [CELLS]
    assert decoder.output.weight.shape == (UNITS, CELLS)
    assert recognizer.vocab_size == len(recognizer.token_list) == UNITS
    assert recognizer.ctc is None
    assert recognizer.criterion_att.smoothing == 0.1
    assert recognizer.specaug is None
    assert recognizer.normalize is None  # the paper normalises behind the encoder
    assert not encoder.normalize_input


def test_what_goes_beyond_the_paper_is_off():
    assert (PAPER["decode"]["gate"], PAPER["decode"]["add_back_db"], PAPER["decode"]["name"]) == (None,) * 3
    assert PAPER["mixing"]["rooms"] is None
    for section in PAPER["training"].values():
        assert section["clean_fraction"] == 0.0
        assert (section["snr_start"], section["ema_decay"], section["init"]) == (None, None, None)
        assert section["ctc_first_epochs"] == 0
