"""What a recogniser promises, kept by ESPnet's and by another; and how the other is named in YAML."""

import pytest
import torch
from crossing_reader import CrossingReader
from small_models import batch, options

from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.recognizers.build import build_reader
from musasr.recognizers.espnet_reader import build_espnet_reader
from musasr.recognizers.reader import Reader, Reading, Word
from musasr.recognizers.search import build_search, recognize_batch
from musasr.training.train import build

RATE = 16000
LENGTHS = (16000, 12000, 6001)
DECODE = configuration.load(configuration.CONF / "smoke.yaml")["decode"] | {"maxlenratio": 0.5}


class Letters:
    """Units that are spelt with two spaces between them, as units may."""

    def decode(self, ids):
        return "  ".join(chr(ord("a") + unit % 26) for unit in ids)


def make_espnet_reader():
    torch.manual_seed(1)
    model = build(options("smoke", "recognizer"), where="test").s2t_model
    with torch.no_grad():
        for parameter in [*model.decoder.parameters(), *model.ctc.parameters()]:
            parameter.mul_(4)  # a random model that prefers something
    return build_espnet_reader(model, Letters(), DECODE, sampling_rate=RATE)


def make_crossing_reader():
    return CrossingReader(0.1, sampling_rate=RATE)


@pytest.fixture(
    scope="module", params=[make_espnet_reader, make_crossing_reader], ids=["espnet", "crossings"]
)
def reader(request):
    return request.param()


@pytest.fixture
def waveforms():
    return torch.cat([batch()["speech"], batch()["speech"][:1]])


def test_it_is_a_reader(reader):
    assert isinstance(reader, Reader)
    assert reader.sampling_rate == RATE


def test_every_waveform_gives_a_reading_in_order_of_time(reader, waveforms):
    readings = reader(waveforms, torch.tensor(LENGTHS))
    assert len(readings) == len(LENGTHS)
    assert any(reading.words for reading in readings)
    for reading, length in zip(readings, LENGTHS, strict=True):
        assert isinstance(reading.score, float)
        assert reading.text.split() == [word.text for word in reading.words]
        times = [time for word in reading.words for time in (word.start, word.end) if time is not None]
        assert times == sorted(times)
        assert all(0 <= time <= length / RATE for time in times)
        assert all(word.confidence is None or 0 <= word.confidence <= 1 for word in reading.words)


def test_company_and_padding_change_no_reading(reader, waveforms):
    together = reader(waveforms, torch.tensor(LENGTHS))
    padded = torch.nn.functional.pad(waveforms, (0, 1600))
    for index, length in enumerate(LENGTHS):
        padded[index, length:] = 0.3  # what lies beyond the length is not to be heard
    in_noise = reader(padded, torch.tensor(LENGTHS))
    for index, (length, reading) in enumerate(zip(LENGTHS, together, strict=True)):
        (alone,) = reader(waveforms[index : index + 1, :length], torch.tensor([length]))
        for other in (alone, in_noise[index]):
            assert other.words == reading.words
            assert other.text == reading.text
            assert other.score == pytest.approx(reading.score, abs=1e-3)


def test_espnets_reader_is_its_search_spelt_by_its_units(waveforms):
    reader, lengths = make_espnet_reader(), torch.tensor(LENGTHS)
    keys = ("beam_size", "ctc_weight", "length_bonus", "normalize_length")
    search = build_search(reader.s2t_model, **{key: DECODE[key] for key in keys})
    with torch.no_grad():
        encoded = reader.s2t_model.encode(waveforms, lengths)
    hypotheses = recognize_batch(search, *encoded, maxlenratio=0.5)
    readings = reader(waveforms, lengths)
    assert [one.score for one in readings] == [one.score for one in hypotheses]
    assert [one.text for one in readings] == [Letters().decode(one.token_ids) for one in hypotheses]
    assert any("  " in one.text for one in readings)  # the spelling stays, to the space


def test_a_reading_is_spelt_as_its_words_or_as_the_recogniser_says():
    words = (Word("ab"), Word("cd", 0.1, 0.5, 0.9))
    assert Reading(words).text == "ab cd"
    assert Reading(words, spelling="abcd").text == "abcd"
    assert Reading(()).text == ""
    assert Reading((), spelling="").text == ""


def test_a_foreign_reader_is_built_from_its_section():
    section = {"reader": "crossing_reader:CrossingReader", "reader_conf": {"seconds": 0.5}}
    reader = build_reader(section, sampling_rate=8000, device="cpu")
    assert (reader.size, reader.sampling_rate, reader.device) == (4000, 8000, "cpu")


class Mute:
    """No reader at all."""

    def __init__(self, *, sampling_rate, device): ...


class Narrow(CrossingReader):
    """One of the telephone's rate, whatever is asked."""

    def __init__(self, *, sampling_rate, device):
        super().__init__(0.1, sampling_rate=8000)


CROSSINGS = "crossing_reader:CrossingReader"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({}, r"models.w.reader: None is not module:name"),
        (
            {"reader": CROSSINGS, "reader_cnf": {}},
            "models.w: unknown key 'reader_cnf'; did you mean 'reader_conf'",
        ),
        ({"reader": "crossing_reader:CrossReader"}, "models.w.reader: .* did you mean 'CrossingReader'"),
        (
            {"reader": "crossing_readers:CrossingReader"},
            "models.w.reader: there is no module crossing_readers",
        ),
        ({"reader": CROSSINGS}, "models.w.reader_conf: 'seconds' is missing"),
        ({"reader": CROSSINGS, "reader_conf": {"second": 1}}, "unknown key 'second'; did you mean 'seconds'"),
        (
            {"reader": CROSSINGS, "reader_conf": [1]},
            "models.w.reader_conf: wants the arguments .*, got \\[1\\]",
        ),
        (
            {"reader": f"{__name__}:Mute"},
            "models.w: .*:Mute makes no reader; give it sampling_rate and __call__",
        ),
        ({"reader": f"{__name__}:Narrow"}, "Narrow reads 8000 Hz, and waveforms have 16000 Hz"),
    ],
)
def test_a_mistake_in_the_section_is_one_line(section, message):
    with pytest.raises(ConfigError, match=message) as raised:
        build_reader(section, sampling_rate=RATE, device="cpu", where="models.w")
    assert "\n" not in str(raised.value)


def test_a_reading_is_as_sure_as_its_words_are_on_average():
    words = (Word("a", confidence=0.9), Word("b", confidence=0.3), Word("c"))
    assert Reading(words).confidence == pytest.approx(0.6)
    assert Reading(words[2:]).confidence is None
    assert Reading(()).confidence is None
