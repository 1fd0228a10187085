"""The music of a chunk chooses how the chunk is read: which reader, from which settings, refused for what."""

from dataclasses import replace

import numpy as np
import pytest
from burst_film import BurstReader, film, make_system
from test_recording import BURSTS, SECONDS, records, segments
from trained_folders import untrained_workdir

from musasr.errors import ConfigError
from musasr.transcribe.by_tag import RATE, Listener, ReadersByTag
from musasr.transcribe.settings import load_settings
from musasr.transcribe.system import load_system

LABELS = ("party", "rest", "calm")


class MarkingReader(BurstReader):
    """Reads as the other does, and marks what it read."""

    def _read(self, waveform):
        reading = super()._read(waveform)
        return replace(reading, words=tuple(replace(word, text=f"{word.text}!") for word in reading.words))


def listener(*answers, digest="ears"):
    return Listener(lambda music: answers, LABELS, digest)


def party_where_it_sounds(music):
    """The station party of a chunk that is more sound than silence."""
    return ["party"] if (np.abs(music) > 0.01).mean() > 0.5 else ["rest"]


@pytest.mark.parametrize(
    ("answers", "chosen"), [(("party", "calm"), "a"), (("rest", "calm"), "b"), (("rest",), "c"), ((), "c")]
)
def test_the_first_answer_that_has_a_reader_decides(answers, chosen):
    by_tag = ReadersByTag(listener(*answers), {"calm": "b", "party": "a"})
    assert by_tag.choose(np.zeros(RATE), sampling_rate=RATE, otherwise="c") == chosen


def test_the_listener_hears_16_khz():
    lengths = []
    by_tag = ReadersByTag(replace(listener(), answers=lambda music: lengths.append(len(music)) or ()), {})
    by_tag.choose(np.zeros(8000), sampling_rate=8000, otherwise=None)
    assert lengths == [RATE]


@pytest.mark.parametrize("with_separator", [True, False])
def test_a_segment_is_read_as_the_music_of_the_chunk_that_it_ends_in_asks(monkeypatch, with_separator):
    by_tag = ReadersByTag(
        Listener(party_where_it_sounds, LABELS, "ears"), {"party": MarkingReader()}
    )  # of six chunks the second and the fifth are more sound than silence; no segment ends in the latter
    system = replace(make_system(monkeypatch, with_separator=with_separator), by_tag=by_tag)
    whole = records(system)
    assert [one.text for one in segments(whole)] == ["w10", "w25!", "w8", "w50"]
    for num_done in range(7):
        assert whole[:num_done] + records(system, done=whole[:num_done]) == whole


def test_what_is_heard_is_the_music_and_not_the_speech(monkeypatch):
    heard = []
    ears = Listener(lambda music: heard.append(np.abs(music).max()) or (), LABELS, "ears")
    system = make_system(monkeypatch)
    records(replace(system, by_tag=ReadersByTag(ears, {})))
    assert max(heard) == pytest.approx(np.abs(film(BURSTS, SECONDS)).max() / 2, abs=0.01)
    heard.clear()
    records(replace(system, separator=None, by_tag=ReadersByTag(ears, {})))
    assert max(heard) == pytest.approx(np.abs(film(BURSTS, SECONDS)).max(), abs=0.01)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return untrained_workdir(tmp_path_factory.mktemp("work"), "none+clean").training("none+clean")


def test_a_system_has_a_reader_of_its_own_weights_for_each_tag(model):
    settings = load_settings(["reading.by_tag={party: {beam_size: 7, maxlenratio: 0.5}, calm: {}}"])
    system = load_system(model, settings, listener=listener())
    readers = system.by_tag.readers
    assert (readers["party"].search.beam_size, readers["party"].limits["maxlenratio"]) == (7, 0.5)
    assert readers["calm"].search.beam_size == system.reader.search.beam_size != 7
    assert readers["party"].s2t_model is system.reader.s2t_model
    assert load_system(model, settings, listener=listener(digest="other")).digest != system.digest
    plain = load_system(model, load_settings(), listener=listener())
    assert plain.by_tag is None
    assert plain.digest == load_system(model, load_settings()).digest


@pytest.mark.parametrize(
    ("by_tag", "message"),
    [
        (
            "{party: {beam_sise: 2}}",
            "reading.by_tag.party: unknown key 'beam_sise'; did you mean 'beam_size'",
        ),
        ("{party: {beam_size: 0}}", "reading.by_tag.party.beam_size: wants a whole number"),
        ("{party: 3}", "reading.by_tag.party: wants settings"),
        ("[party]", "reading.by_tag: wants settings"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said(by_tag, message):
    with pytest.raises(ConfigError) as error:
        load_settings([f"reading.by_tag={by_tag}"])
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("model_name", "ears", "message"),
    [
        (None, None, "reading.by_tag: nothing hears tags; name a tagger with --tag_music"),
        (
            "whisper:tiny",
            listener(),
            "reading.by_tag: a recogniser from elsewhere reads in one way; leave it",
        ),
        (None, listener(), "reading.by_tag: the tagger knows no 'partty'; did you mean 'party'"),
    ],
)
def test_what_nobody_hears_or_nothing_can_do_is_said_before_a_model_is_loaded(
    model, model_name, ears, message
):
    settings = load_settings(["reading.by_tag={partty: {beam_size: 2}}"])
    with pytest.raises(ConfigError) as error:
        load_system(model_name or model, settings, listener=ears)
    assert message in str(error.value)
