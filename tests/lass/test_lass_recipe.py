"""egs/lass from the sounds to the table, its reruns, and files separated by a query."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import soundfile
import torch
import yaml

from musasr.cli.main import main
from musasr.corpora.clips import read_clips
from musasr.errors import StateError
from musasr.lass import berts
from musasr.lass.asking import load_asked
from musasr.lass.front_end import ask
from musasr.lass.keys import KEYS
from musasr.lass.training import network_conf, training_of
from musasr.lass.words import Words
from musasr.recipe.config import CONF
from musasr.recipe.system_run import load_system
from musasr.separators.lass.front_end import LassSeparator
from musasr.separators.lass.lass_net import build_lass

SMOKE = CONF / "lass_smoke.yaml"
TINY = (
    *("--set", "corpus.only=[alarm, drums, man]", "--set", "corpus.seconds=[0.5, 0.6]"),
    *("--set", "mixing.crop_seconds=0.3", "--set", "test.mixtures=3"),
)
QUERY = ("--query", "a man is speaking")


def stage(verb, workdir, *options):
    return main(
        [verb, "lass", "--config", str(SMOKE), "--workdir", str(workdir), "--nj", "1", *TINY, *options]
    )


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """All stages of a tiny recipe."""
    folder = tmp_path_factory.mktemp("lass")
    assert [stage(verb, folder) for verb in ("prepare", "train", "evaluate", "report")] == [0] * 4
    return folder


@pytest.fixture
def film(tmp_path):
    noise = 0.1 * np.random.default_rng(0).standard_normal((3 * 16000, 2))
    soundfile.write(tmp_path / "film.wav", noise.astype(np.float32), 16000, subtype="FLOAT")
    return tmp_path / "film.wav"


def separate(film, model, *options):
    return main(["separate", str(film), "--model", str(model), "-o", str(film.parent / "out"), *options])


def the_error(capsys):
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("musasr: error: ")
    return line


@pytest.mark.slow
def test_the_report_holds_every_row_and_control(workdir):
    results = json.loads((workdir / "results" / "results.json").read_text())
    rows = {(row["system"], row["asked"]): row for row in results["systems"]}
    assert {system for system, _ in rows} == {"unprocessed", "ideal ratio mask", "tags", "words", "lass"}
    assert ("lass", "unseen") in rows
    assert ("tags", "right tags") in rows
    assert ("tags", "unseen, by name") in rows
    assert rows["unprocessed", ""]["si_sdr_improvement"] == 0
    assert rows["unprocessed", ""]["si_sdr"] == pytest.approx(0.0, abs=0.5)
    assert rows["ideal ratio mask", ""]["si_sdr_improvement"] > 3
    assert {row["num_mixtures"] for row in rows.values()} == {3}
    assert results["trainings"]["lass"]["num_parameters"] > 0
    table = (workdir / "results" / "table.md").read_text()
    assert "| a sound that is not there is asked for" in table
    written = [json.loads(line) for line in (workdir / "evaluation" / "rows.jsonl").read_text().splitlines()]
    falls = {}
    for row in written:
        if row["system"] == "lass" and row["asked"] in ("caption", "wrong"):
            falls.setdefault(row["asked"], []).append(row["scores"]["si_sdr"])
    by_hand = np.mean(falls["caption"]) - np.mean(falls["wrong"])
    assert results["controls"]["lass"]["wrong_query_fall"] == pytest.approx(by_hand)


@pytest.mark.slow
def test_a_rerun_does_nothing_and_other_settings_are_noticed(workdir, capsys):
    before = (workdir / "exp" / "lass" / "weights.pt").stat().st_mtime_ns
    assert [stage(verb, workdir) for verb in ("prepare", "train", "evaluate")] == [0] * 3
    said = capsys.readouterr().err
    assert all(f"{one}: is done already" in said for one in ("the corpus", "tags", "lass", "the evaluation"))
    assert (workdir / "exp" / "lass" / "weights.pt").stat().st_mtime_ns == before
    assert stage("train", workdir, "--set", "network.unet.film=bias") != 0
    assert "was made with network.unet.film = 'affine'" in the_error(capsys)
    assert stage("evaluate", workdir, "--set", "seed=2") != 0
    assert "was made with seed = 1" in the_error(capsys)


@pytest.mark.slow
def test_stages_that_are_too_early_are_one_line(tmp_path, capsys, workdir):
    assert stage("train", tmp_path) != 0
    assert "the corpus is not prepared; prepare it first" in the_error(capsys)
    shutil.copytree(workdir / "data", tmp_path / "data")
    assert stage("evaluate", tmp_path) != 0
    assert "exp/tags: is not trained; train it first" in the_error(capsys)
    assert stage("report", tmp_path) != 0
    assert "there are no scores; evaluate first" in the_error(capsys)


@pytest.mark.slow
def test_a_query_separates_a_file_into_what_it_asks_for_and_the_rest(workdir, film):
    assert separate(film, workdir / "exp" / "lass", *QUERY) == 0
    asked, rest = (soundfile.read(film.parent / "out" / f"film_{one}.wav")[0] for one in ("asked", "rest"))
    whole = soundfile.read(film)[0]
    assert asked.shape == whole.shape
    np.testing.assert_allclose(asked + rest, whole, atol=1e-4)
    assert asked.any()
    shutil.rmtree(film.parent / "out")
    assert separate(film, workdir / "exp" / "lass", "--query", "an alarm beeps") == 0
    other = soundfile.read(film.parent / "out" / "film_asked.wav")[0]
    assert np.abs(other - asked).max() > 1e-6


SHOWN = "{cue: example, bert: null, text: {}, init: tags, first_words: 2, training: {max_epoch: 1}}"
SHOWN = ("--set", f"variants.shown={SHOWN}", "--set", "network.example={channels: [4, 8], seconds: 0.4}")


@pytest.fixture(scope="module")
def shown(workdir, tmp_path_factory):
    """The same recipe with a model that is shown sounds."""
    own = tmp_path_factory.mktemp("shown") / "w"
    shutil.copytree(workdir, own)
    shutil.rmtree(own / "evaluation")
    assert [stage(verb, own, *SHOWN) for verb in ("train", "evaluate", "report")] == [0] * 3
    return own


@pytest.mark.slow
def test_a_model_that_is_shown_sounds_has_its_row_and_its_controls(shown, workdir):
    results = json.loads((shown / "results" / "results.json").read_text())
    rows = {(row["system"], row["asked"]): row for row in results["systems"]}
    assert ("shown", "example") in rows
    assert {"wrong_query_fall", "swapped_query_fall"} <= results["controls"]["shown"].keys()
    before = json.loads((workdir / "results" / "results.json").read_text())["systems"]
    assert [row for row in results["systems"] if row["system"] != "shown"] == before
    steps = (shown / "exp" / "shown" / "first_words" / "history.jsonl").read_text().splitlines()
    assert len(steps) == 2


@pytest.mark.slow
def test_an_example_separates_a_file(shown, film, tmp_path, capsys):
    clips = read_clips(shown / "data" / "test")
    given = {clip.tags[0]: clip.path for clip in clips}
    found = {}
    for tag in ("man", "alarm"):
        assert separate(film, shown / "exp" / "shown", "--example", str(given[tag])) == 0
        found[tag] = soundfile.read(film.parent / "out" / "film_asked.wav")[0]
        shutil.rmtree(film.parent / "out")
    assert np.abs(found["man"] - found["alarm"]).max() > 1e-6
    capsys.readouterr()
    soundfile.write(tmp_path / "still.wav", np.zeros(8000), 16000)
    for options, message in (
        (("--example", str(tmp_path / "still.wav")), "still.wav: is silent; give a sound like what is asked"),
        (("--example", str(tmp_path / "none.wav")), "none.wav: "),
        (QUERY, "exp/shown: is told an example, not a text; name exp/lass"),
        ((*QUERY, "--example", str(given["man"])), "give --query"),
    ):
        assert separate(film, shown / "exp" / "shown", *options) != 0
        assert message in the_error(capsys)
    assert separate(film, shown / "exp" / "lass", "--example", str(given["man"])) != 0
    assert "exp/lass: is told a text, not an example; name exp/shown" in the_error(capsys)


@pytest.mark.slow
def test_what_the_recipe_trains_may_stand_before_a_recogniser(workdir):
    parts, weights = ask(model=str(workdir / "exp" / "lass"), query=QUERY[1], sampling_rate=8000)
    network = LassSeparator(1, **parts["enh_separator_conf"])
    network.load_state_dict({name.removeprefix("separator."): value for name, value in weights.items()})
    mixture, lengths = 0.1 * torch.randn(1, 4000, generator=torch.Generator().manual_seed(0)), [4000]
    with torch.no_grad():
        asked, _ = network.eval()(mixture, torch.tensor(lengths))[0]
        expected = load_asked(workdir / "exp" / "lass", QUERY[1]).separate(mixture, torch.tensor(lengths))
    torch.testing.assert_close(asked, expected[:, 0], atol=1e-6, rtol=1e-4)


@pytest.mark.slow
def test_a_word_that_is_not_known_is_said(workdir, film, capsys):
    assert separate(film, workdir / "exp" / "lass", "--query", "a grumpy man is speaking") == 0
    assert "words that no training has heard: grumpy" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("lass", (), r"exp/lass: wants to be asked for something; give --query"),
        ("lass", ("--query", " "), "the query: is empty; write what to separate"),
        (
            "lass",
            ("--query", "ein Hund bellt"),
            "the query: has no word that this model knows: ein, hund, bellt",
        ),
        ("lass", ("--query", "man " * 2500), "pieces of words, and this model reads 48; write one short"),
        ("tags", QUERY, "exp/tags: is told tags, not a text; name exp/lass"),
    ],
)
def test_queries_that_make_no_sense_are_one_line(workdir, film, capsys, model, options, message):
    assert separate(film, workdir / "exp" / model, *options) != 0
    assert message in the_error(capsys)
    assert not (film.parent / "out").exists()


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """A folder as Hugging Face's have it, of a network that was not trained."""
    transformers, folder = pytest.importorskip("transformers"), tmp_path_factory.mktemp("bert")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "a",
        "man",
        "is",
        "speaking",
        "alarm",
        "drums",
        "bark",
        "##s",
    ]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    torch.manual_seed(1)
    model = transformers.BertModel(transformers.BertConfig(vocab_size=len(words), **sizes))
    safetensors.torch.save_file(model.state_dict(), folder / "model.safetensors")
    return folder


def with_bert(folder):
    text = "{width: 16, num_layers: 2, num_heads: 2, hidden_size: 32, frozen: true}"
    given = (
        f"{{cue: text, bert: {folder}, text: {text}, init: tags, first_words: 1, training: {{max_epoch: 0}}}}"
    )
    return ("--set", f"variants.read={given}")


@pytest.mark.slow
def test_a_bert_reads_the_queries_and_stays_as_it_is(workdir, bert, film, tmp_path, capsys):
    own = tmp_path / "w"
    shutil.copytree(workdir, own)
    assert stage("train", own, *with_bert(bert)) == 0
    trained = torch.load(own / "exp" / "read" / "weights.pt", weights_only=True)
    given = safetensors.torch.load_file(bert / "model.safetensors")
    assert torch.equal(trained["query.pieces.weight"], given["embeddings.word_embeddings.weight"])
    assert torch.equal(trained["query.layers.1.linear2.weight"], given["encoder.layer.1.output.dense.weight"])
    assert separate(film, own / "exp" / "read", "--query", "a hound barks") == 0  # no caption has these
    assert "words that no training has heard: hound, barks" in capsys.readouterr().err


@pytest.mark.slow
def test_another_bert_in_the_same_folder_is_noticed(workdir, bert, tmp_path, capsys):
    own, folder = tmp_path / "w", tmp_path / "bert"
    shutil.copytree(workdir, own)
    shutil.copytree(bert, folder)
    assert stage("train", own, *with_bert(folder)) == 0
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    safetensors.torch.save_file(
        {key: value + 1 for key, value in weights.items()}, folder / "model.safetensors"
    )
    capsys.readouterr()
    assert stage("evaluate", own, *with_bert(folder)) != 0
    assert "was made with bert" in the_error(capsys)


@pytest.mark.parametrize(
    ("name", "read", "message"),
    [
        ("model.safetensors", lambda path: berts.load_weights(path.parent), "is broken: it holds no tensors"),
        ("vocab.txt", lambda path: Words.of_bert(path, [], most_pieces=9), "is no vocabulary"),
    ],
)
def test_a_broken_file_of_a_bert_is_one_line(tmp_path, name, read, message):
    for one in ("model.safetensors", "vocab.txt"):
        (tmp_path / one).write_bytes(b"\xff\xfe cut")
    with pytest.raises(StateError, match=rf"{name}: {message}; give another BERT"):
        read(tmp_path / name)


def test_a_folder_without_a_bert_is_one_line_before_anything_is_made(tmp_path, capsys):
    assert stage("prepare", tmp_path / "w", *with_bert(tmp_path)) != 0
    assert f"{tmp_path}: has no vocab.txt; give the folder of a BERT" in the_error(capsys)
    assert not (tmp_path / "w" / "data").exists()


def test_a_loss_that_says_nothing_of_phases_is_refused_before_anything_is_made(tmp_path, capsys):
    assert stage("prepare", tmp_path / "w", "--set", "network.mask=phase") != 0
    assert "phase: turns phases, of which a loss of magnitudes says nothing; set" in the_error(capsys)
    assert not (tmp_path / "w" / "data").exists()


@pytest.mark.slow
def test_a_network_of_phases_is_trained_and_asked(workdir, film, tmp_path):
    own, phases = tmp_path / "w", ("--set", "network.mask=phase", "--set", "network.loss=waveform")
    shutil.copytree(workdir / "data", own / "data")
    assert stage("train", own, *phases) == 0
    trained = torch.load(own / "exp" / "lass" / "weights.pt", weights_only=True)
    assert trained["unet.last.weight"].shape[0] == 3
    assert trained["unet.last.weight"][1:].any()
    assert separate(film, own / "exp" / "lass", *QUERY) == 0


@pytest.mark.slow
def test_a_folder_of_a_time_without_phases_and_examples_counts_and_works(workdir, film, tmp_path):
    own = tmp_path / "w"
    shutil.copytree(workdir, own)
    mark = own / "exp" / "lass" / "done.json"
    assert not any(key in mark.read_text() for key in ('"mask"', '"example"'))
    path = own / "exp" / "lass" / "config.yaml"
    whole = yaml.safe_load(path.read_text())
    del whole["network"]["mask"], whole["network"]["example"]
    path.write_text(yaml.safe_dump(whole))
    assert stage("evaluate", own) == 0
    assert separate(film, own / "exp" / "lass", *QUERY) == 0


@pytest.mark.parametrize(
    "name", [f"lass{name}" for name in ("", "_smoke", "_full", "_bert", "_16k", "_example", "_audiosep")]
)
def test_every_configuration_is_checked_and_its_variants_have_networks(name):
    config = load_system(CONF / f"{name}.yaml", "lass", KEYS)
    for variant in config["variants"]:
        with torch.device("meta"):
            network = build_lass(**network_conf(config, variant, num_pieces=100, num_tags=3))
        assert training_of(config, variant)["batch_size"] == config["training"]["batch_size"]
        assert network.unet.multiple == 2 ** len(config["network"]["unet"]["channels"])


@pytest.mark.slow
def test_the_papers_size_takes_a_step():
    config = load_system(CONF / "lass_full.yaml", "lass", KEYS)
    torch.manual_seed(0)
    network = build_lass(**network_conf(config, "lass", num_pieces=100, num_tags=3))
    optimizer = torch.optim.Adam(network.parameters(), **training_of(config, "lass")["optim_conf"])
    mixture = 0.1 * torch.randn(1, 64 * 512 - 512)  # 64 frames
    before = [one.clone() for one in network.unet.last.parameters()]
    loss, _, _ = network(mixture, 0.5 * mixture, torch.tensor([[2, 5, 7]]))
    loss.backward()
    optimizer.step()
    assert math.isfinite(loss.item())
    assert all((one != new).any() for one, new in zip(before, network.unet.last.parameters(), strict=True))


def test_stages_of_the_recipe_call_what_there_is():
    for number, name in enumerate(("prepare", "train", "evaluate", "report"), 1):
        text = (CONF.parent / "egs" / "lass" / f"{number}_{name}.sh").read_text()
        assert f" {name} lass\n" in text
        assert Path(CONF.parent / "egs" / "lass" / f"{number}_{name}.sh").stat().st_mode & 0o100
