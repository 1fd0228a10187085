"""lass+mixture:both: a LASS-Net that egs/lass trained, asked for the speech, before a recogniser."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import torch
import yaml
from lass_folders import save_untrained_lass
from runs import make_run

from musasr.errors import ConfigError, StateError
from musasr.lass.asking import load_asked
from musasr.lass.front_end import ask
from musasr.recipe import done_marks
from musasr.recipe.checks import load_checked
from musasr.recipe.config import CONF
from musasr.separators.chain import SeparatorChain
from musasr.separators.classes import DECODERS, ENCODERS, SEPARATORS
from musasr.separators.trained import open_separator
from musasr.tasks import checkpoints
from musasr.tasks.separator_alone import load_separator

QUERY = "a man is speaking"
SYSTEM = "lass+mixture:both"


@pytest.fixture
def model(tmp_path):
    return save_untrained_lass(tmp_path / "lass")


def settings(model, **changes):
    section = {"model": str(model), "query": QUERY} | changes
    return f"models.lass={json.dumps({'separator': 'musasr.lass.front_end:ask', 'separator_conf': section})}"


def run_of(workdir, model, *more, systems=SYSTEM, **changes):
    given = (settings(model, **changes), "training.lass={like: time, max_epoch: 0}", *more)
    return make_run(workdir, "smoke", *given, systems=systems)


def noise(*lengths):
    generator = torch.Generator().manual_seed(3)
    waves = 0.1 * torch.randn(len(lengths), max(lengths), generator=generator)
    return waves * (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]), torch.tensor(lengths)


@pytest.mark.parametrize("mask", [(), ("network.mask=phase", "network.loss=waveform")])
def test_it_separates_as_the_network_that_is_asked(tmp_path, mask):
    model = save_untrained_lass(tmp_path / "lass", *mask)
    parts, weights = ask(model=str(model), query=QUERY, sampling_rate=16000)
    assert yaml.safe_load(yaml.safe_dump(parts)) == parts  # config.yaml holds all that builds it again
    built = SEPARATORS[parts["enh_separator"]](1, **parts["enh_separator_conf"])
    chain = SeparatorChain(ENCODERS[parts["enh_encoder"]](), built, DECODERS[parts["enh_decoder"]]())
    chain.load_state_dict(weights)
    mixture, lengths = noise(8000, 6001)
    with torch.inference_mode():
        expected = load_asked(model, QUERY).separate(mixture, lengths)
        other = load_asked(model, "an alarm beeps").separate(mixture, lengths)
        estimates, *_ = chain.eval().forward_enhance(mixture, lengths)
    torch.testing.assert_close(torch.stack(estimates, dim=1), expected, atol=1e-6, rtol=1e-4)
    assert not torch.allclose(other, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("given", "changes", "message"),
    [
        (
            {},
            {"model": "nowhere"},
            r"^nowhere: holds no model of egs/lass; train one: ./run.sh --recipe lass",
        ),
        (
            {"sampling_rate": 8000},
            {},
            r"lass: works at 8000 Hz, and the recipe at 16000 Hz; train one of 16000",
        ),
        ({"model": "tags"}, {}, r"lass: is told tags, not a text"),
        ({}, {"query": "ein Hund"}, r"the query: has no word that this model knows: ein, hund"),
    ],
)
def test_what_cannot_be_asked_is_one_line(tmp_path, given, changes, message):
    model = save_untrained_lass(tmp_path / "lass", **given)
    with pytest.raises(ConfigError, match=message) as caught:
        ask(**{"model": str(model), "query": QUERY, "sampling_rate": 16000} | changes)
    assert "\n" not in str(caught.value)


def nothing(*, sampling_rate):
    """No separator at all."""


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"separator": "musasr.lass.front_end:asc"}, "did you mean 'ask'"),
        ({"separator": "musasr.lass.front_end:ask"}, "models.l.separator_conf: 'model' is missing"),
        (
            {"separator": "musasr.lass.front_end:ask", "separator_cnf": {}},
            "unknown key 'separator_cnf'; did you mean 'separator_conf'",
        ),
        (
            {"separator": f"{__name__}:nothing"},
            "gives no separator; let it return a musasr.separators.trained",
        ),
    ],
)
def test_a_mistake_in_the_section_is_one_line(section, message):
    with pytest.raises(ConfigError, match=message):
        open_separator(section, sampling_rate=16000, where="models.l")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            [
                "models.other={separator: 'musasr.lass.front_end:ask', separator_conf: {model: w, qery: a}}",
                "training.other={like: lass}",
            ],
            "models.other.separator_conf: unknown key 'qery'; did you mean 'query'",
        ),
        (["training.time.max_epoch=0"], "training.time.max_epoch: trains nothing; set it to 1 or more"),
        (["training.joint.max_epoch=0"], "training.joint.max_epoch: trains nothing"),
    ],
)
def test_what_a_stage_could_not_use_is_refused(more, message):
    with pytest.raises(ConfigError) as caught:
        load_checked(CONF / "front_ends" / "asked.yaml", settings=more)
    assert message in str(caught.value)


def test_it_is_put_together_or_trained_further(tmp_path, model):
    run = run_of(tmp_path / "w", model)
    assert run.trainings["lass"].section is None
    assert run.trainings[SYSTEM].parents == ("lass", "none+mixture")
    further = run_of(tmp_path / "w", model, "training.lass.max_epoch=2")
    assert further.trainings["lass"].section == "lass"


def test_another_model_in_the_same_place_and_another_query_are_noticed(tmp_path, model):
    run = run_of(tmp_path / "w", model)
    for name in run.trainings:
        done_marks.mark_done(run.workdir.training(name), run.settings(name))
    assert run_of(tmp_path / "w", model).is_trained(SYSTEM)
    save_untrained_lass(model, seed=1)
    what = f"was made with the model {model}, which has another content now"
    for name in ("lass", SYSTEM):
        with pytest.raises(StateError, match=re.escape(f"exp/{name}: {what}")):
            run_of(tmp_path / "w", model).is_trained(name)
    assert run_of(tmp_path / "w", model).is_trained("none+mixture")
    save_untrained_lass(model, seed=0)
    with pytest.raises(StateError, match=r"separator_conf.query = 'a man is speaking'"):
        run_of(tmp_path / "w", model, query="a person is speaking").is_trained(SYSTEM)


@pytest.mark.slow
def test_a_recipe_says_first_that_it_cannot_be_asked(tmp_path, capsys):
    from musasr.cli.main import main

    config = tmp_path / "mine.yaml"
    config.write_text(f"base: [{CONF}/smoke.yaml, {CONF}/front_ends/asked.yaml]\n")
    words = ["prepare", "speech", "--config", str(config), "--workdir", str(tmp_path / "w")]
    model = save_untrained_lass(tmp_path / "lass", sampling_rate=8000)
    assert main([*words, "--set", f"models.lass.separator_conf.model={model}"]) == 1
    assert "lass: works at 8000 Hz, and the recipe at 16000 Hz" in capsys.readouterr().err
    assert not (tmp_path / "w" / "data").exists()


@pytest.fixture(scope="module")
def trained(smoke_workdir, tmp_path_factory):
    """A run of the smoke recipe with three more systems; their LASS-Net is gone afterwards."""
    folder = tmp_path_factory.mktemp("asked")
    workdir, model = folder / "work", save_untrained_lass(folder / "lass")
    shutil.copytree(smoke_workdir, workdir, symlinks=True)
    more = ["--set", settings(model), "--set", "training.lass={like: time, max_epoch: 0}"]
    more += ["--systems", f"{SYSTEM},lass+mixture:none,lass+none", "--stage", "4", "--stop_stage", "8"]
    command = ["./run.sh", "--config", "conf/smoke.yaml", "--workdir", str(workdir), "--nj", "1", *more]
    environment = os.environ | {"MUSASR_PYTHON": sys.executable}
    done = subprocess.run(
        command, cwd=CONF.parent, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with torch.inference_mode():
        expected = load_asked(model, QUERY).separate(*noise(8000, 6001))
    shutil.rmtree(model)
    return workdir, expected


def test_the_stages_train_and_measure_it(trained):
    workdir, _ = trained
    entries = json.loads((workdir / "results" / "results.json").read_text())["systems"]
    rows = {(one["front_end"], one["back_end"], one["fine_tune"]): one for one in entries}
    joint = rows["lass", "mixture", "both"]
    assert all(one["sdr"] is not None for one in joint["results"] if one["snr_db"] is not None)
    assert all(one["wer"] is not None for one in joint["results"])
    assert rows["lass", "none", "none"]["results"]
    steps = (workdir / "exp" / SYSTEM / "history.jsonl").read_text().splitlines()
    assert {"train/loss_asr", "train/si_sdr_speech"} <= {key for line in steps for key in json.loads(line)}


def test_what_is_put_together_is_the_network_as_it_came_and_needs_it_no_longer(trained):
    workdir, expected = trained
    for name in ("lass", "lass+mixture:none"):
        found = load_separator(workdir / "exp" / name)
        with torch.inference_mode():
            estimates = found.separate(*noise(8000, 6001))
        torch.testing.assert_close(estimates, expected, atol=1e-5, rtol=1e-3)
    assert load_separator(workdir / "exp" / "lass").sources == ("speech", "music")


def test_fine_tuning_moves_the_network_and_its_query_but_no_statistics(trained):
    workdir, _ = trained
    before, after = (checkpoints.load(workdir / "exp" / name) for name in ("lass", SYSTEM))
    parts = {name for name in before if not torch.equal(before[name], after[name])}
    statistics = [name for name in before if "running_" in name]
    assert statistics
    assert parts.isdisjoint(statistics)
    assert "enh_model.separator.network.query.vectors" in parts
    assert any(".unet.down." in name for name in parts)


def test_it_is_packed_and_exported_as_any_system(trained, tmp_path):
    from musasr.cli.main import main

    workdir, _ = trained
    assert main(["pack", str(workdir / "exp" / SYSTEM), "-o", str(tmp_path / "model.zip")]) == 0
    command = ["export", "joint", "--model", str(workdir / "exp" / SYSTEM), "--output", str(tmp_path / "out")]
    assert main(command) == 0
    assert yaml.safe_load((tmp_path / "out" / "config.yaml").read_text())["enh_separator"] == "levelled"
