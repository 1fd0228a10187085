"""Whether a separator helps: the same mixtures read raw, separated and in between, by parts that show it."""

import json

import numpy as np
import pytest
import torch

from musasr import audio
from musasr.errors import DataError, StateError
from musasr.judging.judge import Trial, judge
from musasr.judging.table import as_json, sentence, table
from musasr.judging.verdict import Verdict
from musasr.kaldi import Piece, Utterance
from musasr.mixing.draw import MusicLibrary
from musasr.recognizers.reader import Reading, Word
from musasr.transcribe.hearing import RAW, Hearing
from musasr.transcribe.settings import load_settings
from musasr.transcribe.system import TranscriptionSystem

RATE = 16_000
TIME = np.arange(2 * RATE) / RATE
VOICE, TUNE = 300, 2000  # Hz
INPUT = load_settings(["input.gate.low_db=-2", "input.gate.high_db=2"])["input"]


def tone(frequency, seconds=2.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.1 * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def strength(samples, frequency):
    wave = np.exp(2j * np.pi * frequency * np.arange(len(samples)) / RATE)
    return abs(samples @ wave) / len(samples)


class ToneReader:
    """Reads "two words" where the voice is louder than the tune; else nothing, and "la" where no voice is."""

    sampling_rate = RATE

    def __init__(self):
        self.num_read = 0

    def __call__(self, waveforms, lengths):
        self.num_read += len(waveforms)
        return [self._read(one.numpy()) for one in waveforms]

    def _read(self, samples):
        voice, tune = strength(samples, VOICE), strength(samples, TUNE)
        text = "two words" if voice > tune else ("la" if voice < 1e-4 < tune else "")
        return Reading(tuple(Word(one, confidence=0.9) for one in text.split()))


class ToneSeparator:
    """Takes the voice out of a mixture, as a band around it; ``leak`` of the tune stays."""

    sources = ("speech", "music")

    def __init__(self, leak=0.0):
        self.leak = leak

    def separate(self, mixture, lengths, cue=None):
        spectrum = torch.fft.rfft(mixture)
        is_voice = torch.fft.rfftfreq(mixture.shape[1], 1 / RATE) < (VOICE + TUNE) / 2
        speech = torch.fft.irfft(torch.where(is_voice, 1.0, self.leak) * spectrum, n=mixture.shape[1])
        return torch.stack([speech, mixture - speech], dim=1)


@pytest.fixture
def trial(tmp_path):
    speech = []
    for index in range(6):
        path = tmp_path / f"{index}.wav"
        audio.write(path, tone(VOICE), RATE)
        speech.append(Utterance(f"u{index}", f"s{index % 3}", "Two words!", path))
    audio.write(tmp_path / "tune.wav", tone(TUNE, 30.0), RATE)
    library = MusicLibrary(
        [Piece("tune", tmp_path / "tune.wav", 30.0, "anime")], sampling_rate=RATE, crossfade_seconds=0.1
    )
    return Trial(speech, library, snrs_db=[5.0, -5.0], seed=0, language="en")


def system(separator, reader=None):
    options = {"sampling_rate": RATE, "hearings": (Hearing(RAW, None),), "names": {}, "digest": ""}
    return TranscriptionSystem(separator=separator, reader=reader or ToneReader(), **options)


def test_a_separator_that_helps_is_chosen(trial):
    verdict = judge(trial, system(ToneSeparator()), INPUT)
    percents = {way: [round(rate.percent) for rate in rates.values()] for way, rates in verdict.rates.items()}
    assert verdict.conditions == ["clean", "5 dB", "-5 dB"]
    assert percents["raw"] == [0, 0, 100]
    assert percents["separated"] == percents["blend"] == percents["gated"] == [0, 0, 0]
    assert verdict.best == "separated"
    assert verdict.percent("raw") == pytest.approx(100 / 3)
    assert verdict.p_value("separated") < 0.05
    assert sentence(verdict).startswith("separated has 100 % fewer errors than raw (p = 0.0")


def test_one_that_does_not_help_is_not(trial):
    verdict = judge(trial, system(ToneSeparator(leak=1.0)), INPUT)
    assert verdict.percent("separated") == verdict.percent("raw")
    assert (verdict.best, sentence(verdict)) == ("raw", "None is significantly below raw: --input raw")


def test_the_surest_of_raw_and_blends_counts(trial):
    """Raw is right where the voice is louder than the tune; elsewhere it reads nothing: never surer."""
    verdict = judge(trial, system(ToneSeparator()), INPUT, ways=["surest"])
    assert list(verdict.rates) == ["raw", "surest"]
    assert [rate.percent for rate in verdict.rates["surest"].values()] == [0, 0, 0]
    assert verdict.best == "surest"


def test_words_over_music_alone_are_counted(trial):
    verdict = judge(trial, system(ToneSeparator()), INPUT)
    assert verdict.invented_per_minute("raw", cut_seconds=10.0) == pytest.approx(6.0)  # one in each 10 s
    assert verdict.invented_per_minute("separated", cut_seconds=10.0) == 0.0


def test_what_sounds_alike_is_read_once(trial):
    reader = ToneReader()
    judge(trial, system(None, reader), INPUT)
    assert reader.num_read == 6 * 3 + 6  # without a separator there is raw alone


def test_the_table_and_the_json_say_the_same(trial):
    verdict = judge(trial, system(ToneSeparator()), INPUT)
    content = json.loads(json.dumps(as_json(verdict)))
    assert content["best"] == "separated"
    assert content["ways"]["raw"]["percent"] == {"clean": 0.0, "5 dB": 0.0, "-5 dB": 100.0}
    (head, _, raw, *_) = table(verdict).splitlines()
    assert head.startswith("| heard | clean | 5 dB | -5 dB | WER over all [95 %] |")
    assert raw.startswith("| raw | 0.0 | 0.0 | 100.0 | 33.3 [33.3, 33.3] |  | 6.0 |")


def test_one_voice_has_an_interval():
    references, read = (
        {f"u{i}": "a b" for i in range(20)},
        {f"u{i}": "a b" if i % 2 else "a" for i in range(20)},
    )
    speakers = dict.fromkeys(references, "alone")
    verdict = Verdict(references, {"raw": {"clean": read}}, {"raw": []}, speakers, "en", seed=0)
    low, high = verdict.interval("raw")
    assert verdict.percent("raw") == 25
    assert low < 22 < 28 < high


def test_the_same_seed_draws_the_same(trial):
    first, second = (as_json(judge(trial, system(ToneSeparator(0.6)), INPUT)) for _ in range(2))
    assert first == second


def test_no_speech_is_one_line(trial):
    with pytest.raises(DataError, match="there is no utterance; name a data dir"):
        judge(Trial([], trial.music, [0.0], 0, None), system(None), INPUT)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError()])
def test_memory_that_does_not_suffice_names_the_length_and_what_to_lower(trial, error):
    class Greedy(ToneReader):
        def __call__(self, waveforms, lengths):
            raise error

    message = r"^out of memory at an utterance of 2.0 s; judge shorter ones or a smaller model, or compute on"
    with pytest.raises(StateError, match=message):
        judge(trial, system(ToneSeparator(), Greedy()), INPUT)
