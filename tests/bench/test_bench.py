"""Speed beside peers: turns are taken, ratios are those of medians, equal results are seen to be equal."""

import json
import math

import pytest
import torch

from musasr.bench import page, timing
from musasr.bench.machine import Machine
from musasr.bench.memory import peak_of_step
from musasr.bench.mixing import mixing_work
from musasr.bench.profiling import kind_of, time_by_kind
from musasr.bench.recognition import search_work
from musasr.bench.scoring import sdr_work
from musasr.bench.separation import forward_work, full_float32, training_work
from musasr.bench.system import system_work
from musasr.bench.timing import OURS, Measurement, Work, measure
from musasr.bench.works import WORKS
from musasr.cli.main import main
from musasr.errors import ConfigError

SMALL = {"input_dim": 8, "layer": 2, "stack": 1, "bottleneck_dim": 4, "hidden_dim": 6, "kernel": 3}
SMALL_SEARCH = {"encoder": 8, "hidden": 12, "adim": 8, "channels": 3, "taps": 4, "num_units": 30}
MACHINE = Machine("Some CPU", 2, {"torch": "2"}, {"float32": 100.0, "bfloat16": 200.0}, 10.0)


def test_ways_take_turns_and_the_first_round_is_not_timed(monkeypatch):
    clock, order = [0.0], []
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock[0])

    def way(name, seconds):
        def do():
            order.append(name)
            clock[0] += seconds[order.count(name) - 1]

        return do

    ways = {OURS: way("a", [100.0, 1.0, 5.0, 2.0]), "peer": way("b", [50.0, 4.0, 6.0, 90.0])}
    found = measure(Work("title", ways, 0.0, "", audio_seconds=8.0, floating_operations=4e9), repetitions=3)
    assert order == ["a", "b"] * 4
    assert found.seconds == {OURS: 2.0, "peer": 6.0}
    assert found.ratios == {"peer": 3.0}
    assert (found.real_time_factor, found.gflops) == (0.25, 2.0)


@pytest.mark.parametrize(
    ("work", "limit"),
    [
        (lambda: forward_work(seconds=0.1, sizes=SMALL), 1e-5),
        (lambda: training_work(seconds=0.1, sizes=SMALL), 1e-3),
        (lambda: search_work(num_utterances=2, seconds=1.0, beam_size=3, sizes=SMALL_SEARCH), 1e-3),
        (lambda: system_work(num_utterances=2, seconds=1.0, recipe="smoke", beam_size=3), 1e-3),
        (lambda: mixing_work(num_utterances=2, seconds=0.2, num_pieces=2, piece_seconds=1.0), 1e-5),
        (lambda: sdr_work(num_utterances=2, seconds=0.2, num_sources=1), 1e-6),
        (lambda: sdr_work(num_utterances=2, seconds=0.2, num_sources=2), 1e-6),
    ],
    ids=["forward", "training", "search", "system", "mixing", "sdr", "sdr of two sources"],
)
@pytest.mark.filterwarnings("ignore:mir_eval:FutureWarning")
def test_ours_and_the_peer_do_the_same_work(work, limit):
    built = work()
    assert 0 <= built.difference < limit
    assert set(measure(built, repetitions=1).seconds) == set(built.ways) > {OURS}


def test_results_are_compared_without_tf32_and_times_are_those_of_the_defaults():
    def allowed() -> list[bool]:
        return [torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32]

    before = allowed()
    with full_float32():
        assert allowed() == [False, False]
    assert allowed() == before
    assert "float32 without TF32" in forward_work(seconds=0.1, sizes=SMALL).unit


@pytest.mark.parametrize("recomputes", [False, True])
def test_the_peak_of_a_step_says_what_it_was_measured_on(recomputes):
    found = peak_of_step(seconds=0.1, batch_size=2, recomputes=recomputes, sizes=SMALL)
    assert (found["batch"], found["recompute"]) == ("2 x 0.1 s", recomputes)
    assert found["peak_gb"] >= found["peak_gb_before"] > 0.05  # torch alone is more


@pytest.mark.parametrize("nothing", [{"batch_size": 0}, {"seconds": 0.0}, {"seconds": math.inf}])
def test_a_step_of_nothing_has_no_peak(nothing):
    with pytest.raises(ConfigError, match="wants mixtures"):
        peak_of_step(**({"batch_size": 2, "seconds": 0.1, "recomputes": False} | nothing))


def measurement(**changes) -> Measurement:
    values = {"title": "a work", "seconds": {OURS: 2.0, "peer": 5.0}, "repetitions": 3, "difference": 1e-6}
    return Measurement(**(values | {"unit": "dB", "real_time_factor": 0.5, "gflops": 50.0} | changes))


def test_page_states_ratio_ceiling_command_and_commit():
    text = page.page([measurement()], MACHINE, date="2026-01-02", commit="abc", command="musasr bench --all")
    assert "| a work | musasr | 2 | 1 | 0.5 | 1.0e-06 (dB) |" in text
    assert "|  | peer | 5 | 2.50 |  |  |" in text
    assert "50 % of the float32 ceiling" in text
    assert "`musasr bench --all`, commit abc, 2026-01-02" in text


def test_page_says_where_the_time_goes_beside_the_floor():
    kinds = {"products": 0.6, "norms": 0.3, "rest": 0.1}
    text = page.page([measurement(kinds=kinds)], MACHINE, date="2026-01-02", commit="abc", command="musasr")
    assert "| work | norms | products | rest | floor, % |" in text
    assert "| a work | 30 | 60 | 10 | 50 |" in text
    assert page.profiles([measurement()], MACHINE) == ""


@pytest.mark.parametrize(
    ("operator", "kind"),
    [
        ("aten::addmm", "products"),
        ("aten::add_", "arithmetic"),
        ("aten::addcmul_", "arithmetic"),
        ("aten::native_group_norm_backward", "norms"),
        ("aten::leaky_relu_backward", "activations"),
        ("aten::convolution_backward", "products"),
        ("aten::_log_softmax", "activations"),
        ("aten::copy_", "copies"),
        ("aten::topk", "choices"),
        ("CpuDepthwiseConv", "rest"),
    ],
)
def test_operators_are_of_a_kind(operator, kind):
    assert kind_of(operator) == kind


def test_the_kinds_of_a_call_add_up_and_a_product_is_mostly_products():
    left = torch.randn(300, 300)
    kinds = time_by_kind(lambda: [left @ left for _ in range(20)], device="cpu")
    assert sum(kinds.values()) == pytest.approx(1.0)
    assert next(iter(kinds)) == "products"


def test_a_machines_section_replaces_its_older_one_and_leaves_the_others():
    first = page.joined("", "## A\n\nold\n")
    both = page.joined(first, "## B\n\nother\n")
    assert page.joined(both, "## A\n\nfresh\n") == page.HEAD + "## B\n\nother\n\n## A\n\nfresh\n"


def test_a_work_that_nobody_knows_is_one_line(capsys):
    assert main(["bench", "serach"]) == 1
    assert capsys.readouterr().err.strip() == (
        "musasr: error: bench: nothing called 'serach' is measured; did you mean 'search'?"
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:mir_eval:FutureWarning")
def test_command_prints_json_and_writes_the_page(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "musasr.bench.works.find_work",
        lambda name, device: lambda: sdr_work(num_utterances=1, seconds=0.1, num_sources=1),
    )
    monkeypatch.setattr("musasr.bench.machine.describe", lambda device: MACHINE)
    path = tmp_path / "BENCH.md"
    assert main(["bench", "--all", "--json", "--repetitions", "1", "--output", str(path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["measurements"]) == len(WORKS)
    assert set(printed["measurements"][0]["ratios"]) == {"mir_eval", "fast_bss_eval"}
    assert path.read_text().startswith("# How fast\n")
