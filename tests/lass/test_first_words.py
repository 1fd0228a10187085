"""A text's network learns the vectors of the one that is told tags."""

import json

import pytest
import torch

from musasr.corpora.clips import Clip
from musasr.errors import ConfigError
from musasr.lass import training
from musasr.lass.cues import TagCue, TextCue
from musasr.lass.first_words import Learner, Sentences, learn_first_words
from musasr.lass.stages import FIRST_WORDS
from musasr.lass.words import Words
from musasr.recipe.config import CONF, load
from musasr.separators.lass.query_net import QueryNet, TagNet

TAGS = ["drums", "piano", "rain"]
SETTINGS = {"optim": "adam", "optim_conf": {"lr": 0.003}, "num_workers": 0}


def clips():
    return [
        Clip(f"{tag}{index}", CONF, 1.0, (tag,), (f"a {tag} sound", f"hear {tag}"))
        for tag in TAGS
        for index in range(60)
    ]


def test_the_vectors_are_learnt_and_the_teacher_stays(tmp_path):
    torch.manual_seed(0)
    words = Words.train(["a drums piano rain sound hear"], num_pieces=120, most_pieces=12)
    sizes = {"size": 16, "num_layers": 1, "num_heads": 2, "hidden_size": 32, "pooling": "mean"}
    query = QueryNet(num_pieces=words.num_pieces, most_pieces=12, dropout=0.0, **sizes)
    teacher = TagNet(num_tags=3, size=16)
    before = teacher.vectors.clone()
    sets = {"train": clips(), "valid": clips()}
    sentences = Sentences(sets, TextCue(words), TagCue(TAGS), general_fraction=0.0)
    learn_first_words(query, teacher, sentences, training=SETTINGS, epochs=5, directory=tmp_path, seed=0)
    rows = (tmp_path / FIRST_WORDS / "history.jsonl").read_text().splitlines()
    losses = [json.loads(row)["valid/loss"] for row in rows]
    assert losses[-1] < 0.3 * losses[0]
    assert torch.equal(teacher.vectors, before)
    query.eval()
    pieces = torch.tensor([words.pieces_of("hear drums")])
    given, wanted = query(pieces), teacher(torch.eye(3))
    assert (given - wanted).square().mean(dim=1).argmin() == 0


def test_the_loss_is_the_mean_squared_difference():
    torch.manual_seed(0)
    query = QueryNet(num_pieces=9, size=8, num_layers=1, num_heads=2, hidden_size=8, most_pieces=4).eval()
    learner = Learner(query, TagNet(num_tags=3, size=8))
    pieces, weights = torch.tensor([[1, 2], [3, 0]]), torch.eye(3)[:2]
    loss, _, weight = learner(pieces, weights)
    torch.testing.assert_close(loss, (query.signed(pieces) - learner.teacher.signed(weights)).square().mean())
    loss.backward()
    assert weight == 2
    assert learner.teacher.vectors.grad is None


def test_without_a_model_that_is_told_tags_there_are_no_vectors(tmp_path):
    config = load(CONF / "lass_smoke.yaml", settings=["variants.lass.init=null"])
    with pytest.raises(ConfigError, match=r"variants.lass.first_words: has no vectors to learn; set it to 0"):
        training._learn_first_words(None, "lass", {}, None, [], 1, config=config, at=tmp_path)
