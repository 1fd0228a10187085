"""Systems of any parts: sources by name, cues, a reader that is not ESPnet's, none at all."""

import numpy as np
import pytest
import torch
from crossing_reader import CrossingReader
from small_models import options

from musasr.errors import ConfigError
from musasr.recipe.decoding import Gate
from musasr.recognition.blending import Blending
from musasr.recognition.recognizer import Recognizer, build_recognizer
from musasr.training.train import build

RATE = 8000
SHARES = {"music": 0.1, "singing": 0.2, "speech": 0.7}


class Shares:
    """A separator whose sources are the mixture at levels of their own; writes down what it is asked."""

    def __init__(self, *sources, levels=SHARES):
        self.sources = sources
        self.levels = torch.tensor([levels[name] for name in sources]).view(1, -1, 1)
        self.asked = []

    def separate(self, mixture, lengths, cue=None):
        self.asked.append((tuple(mixture.shape), cue))
        return mixture.unsqueeze(1) * self.levels


class Ear:
    """A reader that writes down what it hears."""

    sampling_rate = RATE

    def __init__(self):
        self.heard = []
        self.reader = CrossingReader(0.1, sampling_rate=RATE)

    def __call__(self, waveforms, lengths):
        self.heard.append(waveforms)
        return self.reader(waveforms, lengths)


def mixtures(*sizes):
    random = np.random.default_rng(0)
    return [random.standard_normal(size).astype(np.float32) for size in sizes or (8000, 5000, 2500)]


def expected_words(mixture, size=RATE // 10):
    """The crossing reader's words by an independent route."""
    for start in range(0, len(mixture), size):
        part = mixture[start : start + size] < 0
        yield (
            f"z{np.count_nonzero(part[1:] != part[:-1])}",
            start / RATE,
            min(start + size, len(mixture)) / RATE,
        )


def test_a_reader_that_is_not_espnets_reads_alone():
    reader = CrossingReader(0.1, sampling_rate=RATE)
    results = Recognizer(None, reader, sampling_rate=RATE)(mixtures())
    for mixture, result in zip(mixtures(), results, strict=True):
        found = [(word.text, word.start, word.end) for word in result.reading.words]
        assert found == list(expected_words(mixture))
        assert result.hypothesis == " ".join(word for word, *_ in found)
        assert result.score == -len(found)
        assert all(0 < word.confidence < 1 for word in result.reading.words)
        assert result.estimates == {}


@pytest.mark.parametrize("part", ["time", "frequency"])
def test_a_reader_that_is_not_espnets_reads_what_a_trained_separator_gives(part):
    torch.manual_seed(1)
    model = build(options("smoke", part), where="test")
    system = build_recognizer(
        model, CrossingReader(0.1, sampling_rate=RATE), {"separate_seconds": 20.0}, sampling_rate=RATE
    )
    for result in system(mixtures()):
        assert list(result.estimates) == ["speech", "music"]
        assert result.hypothesis == " ".join(word for word, *_ in expected_words(result.estimates["speech"]))
        assert result.seconds["separation"] > 0
        assert result.seconds["reading"] > 0


def test_a_system_that_ends_after_its_separator_gives_estimates_and_no_hypothesis():
    system = Recognizer(Shares("music", "singing"), None, sampling_rate=RATE)  # no speech, and no need of it
    for mixture, result in zip(mixtures(), system(mixtures()), strict=True):
        assert (result.reading, result.hypothesis, result.score) == (None, None, None)
        assert list(result.estimates) == ["music", "singing"]
        np.testing.assert_allclose(result.estimates["singing"], 0.2 * mixture, rtol=1e-6)


@pytest.mark.parametrize("order", [("speech", "music"), ("music", "speech"), ("singing", "music", "speech")])
def test_speech_is_found_by_its_name_wherever_it_stands(order):
    ear = Ear()
    (result,) = Recognizer(Shares(*order), ear, sampling_rate=RATE)(mixtures(4000))
    torch.testing.assert_close(ear.heard[0], 0.7 * torch.from_numpy(mixtures(4000)[0])[None])
    assert list(result.estimates) == list(order)
    np.testing.assert_allclose(result.estimates["music"], 0.1 * mixtures(4000)[0], rtol=1e-6)


def test_all_that_is_not_speech_comes_back_as_the_music():
    ear = Ear()
    blending = Blending(RATE, add_back_db=0.0)  # never louder than it was: all of it comes back
    separator = Shares("music", "speech", "singing")
    Recognizer(separator, ear, sampling_rate=RATE, blending=blending)(mixtures(4000))
    torch.testing.assert_close(ear.heard[0], torch.from_numpy(mixtures(4000)[0])[None])


@pytest.mark.parametrize(("singing", "passes"), [(0.001, "mixture"), (0.7, "speech")])
def test_the_gate_opens_by_all_that_is_not_speech(singing, passes):
    ear = Ear()
    separator = Shares(
        "speech", "music", "singing", levels={"speech": 0.7, "music": 0.001, "singing": singing}
    )
    blending = Blending(RATE, Gate(low_db=10.0, high_db=20.0, seconds=1.0))
    Recognizer(separator, ear, sampling_rate=RATE, blending=blending)(mixtures(4000))
    level = {"mixture": 1.0, "speech": 0.7}[passes]
    torch.testing.assert_close(ear.heard[0], level * torch.from_numpy(mixtures(4000)[0])[None])


@pytest.mark.parametrize(
    "cue", [torch.arange(6.0).view(3, 2), {"text": torch.arange(3), "face": torch.arange(12).view(3, 2, 2)}]
)
def test_each_part_of_a_batch_gets_its_rows_of_the_cue(cue):
    separator = Shares("speech", "music")
    system = Recognizer(separator, Ear(), sampling_rate=RATE, separate_seconds=2.0)
    system(mixtures(), cue)  # two of 8000 samples at once
    (first, cues_first), (second, cues_second) = separator.asked
    assert (first, second) == ((2, 8000), (1, 2500))
    for name, whole in cue.items() if isinstance(cue, dict) else [(None, cue)]:
        parts = [part if name is None else part[name] for part in (cues_first, cues_second)]
        assert torch.equal(torch.cat(parts), whole)
        assert len(parts[0]) == 2


def test_without_a_cue_none_is_handed_on():
    separator = Shares("speech", "music")
    Recognizer(separator, None, sampling_rate=RATE)(mixtures())
    assert separator.asked == [((3, 8000), None)]


def test_a_cue_for_nobody_is_refused():
    with pytest.raises(ConfigError, match="a cue is given, and there is no separator; leave the cue out"):
        Recognizer(None, Ear(), sampling_rate=RATE)(mixtures(), torch.zeros(3, 1))


GATE = Gate(low_db=10.0, high_db=20.0, seconds=1.0)


@pytest.mark.parametrize(
    ("parts", "settings", "message"),
    [
        ((None, None), {}, "a system without separator and recogniser does nothing; name a front end"),
        ((Shares("music"), Ear()), {}, "no source 'speech' .it has: music.; leave the recogniser out"),
        (
            (Shares("speech", "singing"), Ear()),
            {"blending": Blending(RATE, GATE)},
            "decode.gate: the separator has no source 'music' .*; set decode.gate to null",
        ),
        (
            (Shares("speech"), Ear()),
            {"blending": Blending(RATE, add_back_db=17.5)},
            "decode.add_back_db: the separator has no source 'music'",
        ),
        ((None, CrossingReader(0.1, sampling_rate=16000)), {}, "reads 16000 Hz, and mixtures have 8000 Hz"),
        (
            (None, Ear()),
            {"clean_reader": CrossingReader(0.1, sampling_rate=16000)},
            "reads 16000 Hz, and mixtures have 8000 Hz",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused_in_one_line(parts, settings, message):
    with pytest.raises(ConfigError, match=message) as raised:
        Recognizer(*parts, sampling_rate=RATE, **settings)
    assert "\n" not in str(raised.value)


def test_a_separator_without_music_is_read_where_nothing_asks_for_music():
    ear = Ear()
    Recognizer(Shares("speech", "singing"), ear, sampling_rate=RATE, blending=Blending(RATE))(mixtures(4000))
    torch.testing.assert_close(ear.heard[0], 0.7 * torch.from_numpy(mixtures(4000)[0])[None])


def test_a_gate_means_nothing_to_a_system_without_a_separator():
    ear = Ear()
    Recognizer(None, ear, sampling_rate=RATE, blending=Blending(RATE, GATE, 17.5))(mixtures(4000))
    assert torch.equal(ear.heard[0], torch.from_numpy(mixtures(4000)[0])[None])


def test_what_the_gate_leaves_untouched_is_read_by_a_second_reader_of_another_kind():
    ear, clean = Ear(), CrossingReader(1.0, sampling_rate=RATE)
    always = Blending(RATE, Gate(low_db=-200.0, high_db=-199.0, seconds=1.0))
    system = Recognizer(
        Shares("speech", "music"), ear, sampling_rate=RATE, blending=always, clean_reader=clean
    )
    for mixture, result in zip(mixtures(), system(mixtures()), strict=True):
        words = [word for word, *_ in expected_words(mixture, size=RATE)]
        assert [word.text for word in result.reading.words] == words
    assert ear.heard == []


def test_company_changes_nothing_of_a_system_of_foreign_parts():
    system = Recognizer(
        Shares("singing", "speech", "music"),
        CrossingReader(0.1, sampling_rate=RATE),
        sampling_rate=RATE,
        blending=Blending(RATE, GATE, 12.0),
        separate_seconds=1.5,
    )
    for mixture, result in zip(mixtures(), system(mixtures()), strict=True):
        (alone,) = system([mixture])
        assert alone.reading == result.reading
        for name, estimate in alone.estimates.items():
            np.testing.assert_allclose(result.estimates[name], estimate, rtol=1e-6)
