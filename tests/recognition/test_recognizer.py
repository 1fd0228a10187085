"""Recognition of a batch: the same alone and in company, and what the gate makes of clean speech."""

import numpy as np
import pytest
import torch
from small_models import batch, options

from musasr.recipe import config as configuration
from musasr.recognition.recognizer import build_recognizer
from musasr.recognizers.espnet_reader import build_espnet_reader
from musasr.training.train import build

RATE = 16000
DECODE = configuration.load(configuration.CONF / "smoke.yaml")["decode"] | {"maxlenratio": 0.5}
ALWAYS = {"low_db": -200, "high_db": -199, "seconds": 1.0}  # whatever is estimated, the mixture passes
BLEND = {"gate": {"low_db": -5, "high_db": 5, "seconds": 0.3}, "add_back_db": 9.0}
NEVER = {"low_db": 199, "high_db": 200, "seconds": 1.0}


class Numbers:
    """Units that are spelt as their numbers."""

    def decode(self, ids):
        return " ".join(map(str, ids))


def make_model(*parts, seed=1):
    torch.manual_seed(seed)
    model = build(options("smoke", *parts), where="test")
    with torch.no_grad():
        for parameter in [*model.s2t_model.decoder.parameters(), *model.s2t_model.ctc.parameters()]:
            parameter.mul_(4)  # a random model that prefers something
    return model


def system(model, clean_model=None, **decode):
    settings = DECODE | decode
    readers = [
        None if one is None else build_espnet_reader(one.s2t_model, Numbers(), settings, sampling_rate=RATE)
        for one in (model, clean_model)
    ]
    return build_recognizer(model, readers[0], settings, sampling_rate=RATE, clean_reader=readers[1])


def recognize(model, mixtures, clean_model=None, **decode):
    return system(model, clean_model, **decode)(mixtures)


@pytest.fixture
def mixtures():
    one = batch()["speech"]
    return [one[0].numpy(), one[1, :12000].numpy(), one[0, 3000:9000].numpy().copy()]


@pytest.mark.parametrize("parts", [("recognizer",), ("time", "recognizer"), ("frequency", "recognizer")])
@pytest.mark.parametrize("decode", [{}, BLEND])
def test_company_changes_neither_hypothesis_nor_estimates(parts, decode, mixtures):
    model = make_model(*parts)
    together = recognize(model, mixtures, **decode)
    assert any(result.hypothesis for result in together)
    for mixture, result in zip(mixtures, together, strict=True):
        (alone,) = recognize(model, [mixture], **decode)
        assert result.hypothesis == alone.hypothesis
        assert result.score == pytest.approx(alone.score, abs=1e-3)
        for name, estimate in alone.estimates.items():
            np.testing.assert_allclose(result.estimates[name], estimate, atol=1e-4, rtol=1e-4)


def test_what_the_gate_lets_through_is_recognised_as_by_the_recogniser_alone(mixtures):
    model = make_model("time", "recognizer")
    gated = recognize(model, mixtures, gate=ALWAYS)
    separated = recognize(model, mixtures)
    never = recognize(model, mixtures, gate=NEVER)
    model.enh_model = None
    alone = recognize(model, mixtures)
    assert [(one.hypothesis, one.score) for one in gated] == [(one.hypothesis, one.score) for one in alone]
    assert [one.score for one in never] == [one.score for one in separated]
    assert [one.score for one in separated] != [one.score for one in alone]
    # What is measured as separation is the separator's own work, gate or not.
    for one, other in zip(gated, separated, strict=True):
        np.testing.assert_array_equal(one.estimates["speech"], other.estimates["speech"])


def test_what_the_gate_leaves_untouched_is_read_by_the_recogniser_for_it(mixtures):
    model, clean_model = make_model("time", "recognizer"), make_model("recognizer", seed=2)
    own, alone = recognize(model, mixtures), recognize(clean_model, mixtures)
    gated = recognize(model, mixtures, clean_model, gate=ALWAYS)
    never = recognize(model, mixtures, clean_model, gate=NEVER)
    assert [(one.hypothesis, one.score) for one in gated] == [(one.hypothesis, one.score) for one in alone]
    assert [(one.hypothesis, one.score) for one in never] == [(one.hypothesis, one.score) for one in own]
    assert own[0].score != alone[0].score


def test_each_utterance_of_a_batch_is_read_by_its_own_recogniser_and_keeps_its_place(mixtures):
    model, clean_model = make_model("time", "recognizer"), make_model("recognizer", seed=2)
    reader = system(model, clean_model, gate=ALWAYS)
    plain = reader.blending

    def all_but_the_second(mixture, **others):
        heard = plain(mixture, **others)
        heard[1] = others["speech"][1]
        return heard

    reader.blending = all_but_the_second
    own, alone = recognize(model, mixtures), recognize(clean_model, mixtures)
    expected = [alone[0], own[1], alone[2]]
    for result, one in zip(reader(mixtures), expected, strict=True):
        assert result.hypothesis == one.hypothesis
        assert result.score == pytest.approx(one.score, abs=1e-3)
        assert set(result.seconds) == {"separation", "reading"}
