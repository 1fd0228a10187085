"""Whisper in both forms: random weights, real files; with real weights where they are installed."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("faster_whisper", reason="the extra whisper is not installed")
pytest.importorskip("transformers", reason="the extra whisper is not installed")

from whisper_models import save_faster, save_transformers

from musasr.errors import ConfigError, StateError
from musasr.metrics.recognition import corpus_cer
from musasr.metrics.spelling import scoring_spelling
from musasr.recognizers.faster_whisper_reader import FasterWhisperReader
from musasr.recognizers.reader import Reader
from musasr.recognizers.transformers_whisper_reader import TransformersWhisperReader
from musasr.recognizers.whisper_attention import attention_by_frame, quiet_cuts

RATE = 16000
LENGTHS = (32000, 20000, 800)
# Nothing of a random model's text is like speech: the guards would leave all of it out.
UNGUARDED = {"compression_ratio_threshold": 1e9, "no_speech_threshold": 1.1, "beam_size": 1}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whisper")
    source = save_transformers(folder / "transformers")
    return {"transformers": source, "faster": save_faster(source, folder / "faster")}


@pytest.fixture(scope="module", params=["faster", "transformers"])
def make(request, folders):
    """A function that makes a reader of either kind."""
    kinds = {"faster": FasterWhisperReader, "transformers": TransformersWhisperReader}
    exact = {"compute_type": "float32", "threads": 1} if request.param == "faster" else {}

    def make(*, sampling_rate=RATE, **settings):
        return kinds[request.param](
            folders[request.param], sampling_rate=sampling_rate, **exact | UNGUARDED | settings
        )

    return make


@pytest.fixture(scope="module")
def waveforms():
    return 0.1 * torch.randn(3, max(LENGTHS), generator=torch.Generator().manual_seed(0))


def test_words_have_times_inside_their_waveform_alike_in_any_batch(make, waveforms):
    reader = make(language="en")
    assert isinstance(reader, Reader)
    readings = reader(waveforms, torch.tensor(LENGTHS))
    assert all(reading.words for reading in readings[:2])
    for index, (reading, length) in enumerate(zip(readings, LENGTHS, strict=True)):
        assert reading.text.split() == [word.text for word in reading.words]
        times = [time for word in reading.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert all(0 <= time <= length / RATE for time in times)
        assert all(0 <= word.confidence <= 1 for word in reading.words)
        (alone,) = reader(waveforms[index : index + 1, :length], torch.tensor([length]))
        assert alone == reading
    assert readings[2].text == ""  # 50 ms


def test_without_word_times_the_text_is_the_same(make, waveforms):
    lengths = torch.tensor(LENGTHS[:1])
    (timed,) = make(language="en")(waveforms[:1], lengths)
    (plain,) = make(language="en", word_times=False)(waveforms[:1], lengths)
    assert plain.text == timed.text
    assert plain.words[0].start is None


def test_a_language_that_is_set_is_the_one_that_detection_found(make, waveforms):
    reader = make()
    assert reader.language is None
    found, probability = reader.detect_language(waveforms[0].numpy())
    assert 0 < probability <= 1
    detected = reader(waveforms[:1], torch.tensor(LENGTHS[:1]))
    reader.language = found
    assert reader(waveforms[:1], torch.tensor(LENGTHS[:1])) == detected
    with pytest.raises(ConfigError, match="this model does not read 'jaa'; did you mean 'ja'"):
        reader.language = "jaa"


def test_waveforms_of_another_rate_are_resampled(make, waveforms):
    reader = make(language="en", sampling_rate=2 * RATE)
    (reading,) = reader(waveforms[:1], torch.tensor(LENGTHS[:1]))
    assert reading.words
    assert all(0 <= word.end <= LENGTHS[0] / RATE / 2 for word in reading.words)


def test_more_than_a_window_is_read_to_its_end(make):
    waveform = 0.1 * torch.randn(1, 33 * RATE, generator=torch.Generator().manual_seed(2))
    (reading,) = make(language="en")(waveform, torch.tensor([waveform.size(1)]))
    times = [time for word in reading.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 20 < times[-1] <= 33


def test_what_repeats_itself_and_what_is_no_speech_is_left_out(make, waveforms):
    lengths = torch.tensor(LENGTHS[:1])
    for guard in (
        {"compression_ratio_threshold": 0.0},
        {"no_speech_threshold": -1.0, "log_prob_threshold": 9.0},
    ):
        (reading,) = make(language="en", **guard)(waveforms[:1], lengths)
        assert (reading.text, reading.words) == ("", ())


def test_both_forms_detect_the_same_language(folders, waveforms):
    faster = FasterWhisperReader(folders["faster"], sampling_rate=RATE, compute_type="float32", threads=1)
    other = TransformersWhisperReader(folders["transformers"], sampling_rate=RATE)
    (one, first), (two, second) = (each.detect_language(waveforms[0].numpy()) for each in (faster, other))
    assert one == two
    assert first == pytest.approx(second, abs=0.05)


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_faster_folder_that_lacks_a_file_says_which(folders, tmp_path, name):
    folder = copy_of(folders["faster"], tmp_path, without=name)
    with pytest.raises(StateError, match=f"has no {name}; fetch the model's folder again, whole"):
        FasterWhisperReader(folder, sampling_rate=RATE)


def test_a_broken_or_strange_model_bin_is_one_line(folders, tmp_path):
    folder = copy_of(folders["faster"], tmp_path)
    (folder / "model.bin").write_bytes(b"\x63\x00\x00\x00" + bytes(100))
    with pytest.raises(StateError, match=r"faster-whisper .* cannot load it .*convert the model") as raised:
        FasterWhisperReader(folder, sampling_rate=RATE)
    assert "\n" not in str(raised.value)


def test_transformers_weights_as_a_pickle_are_refused(folders, tmp_path):
    folder = copy_of(folders["transformers"], tmp_path, without="model.safetensors")
    with pytest.raises(StateError, match=r"has no model\.safetensors"):
        TransformersWhisperReader(folder, sampling_rate=RATE)
    (folder / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(
        StateError, match=r"pytorch_model.bin: holds its weights as a pickle, which is not read"
    ):
        TransformersWhisperReader(folder, sampling_rate=RATE)


def test_a_broken_safetensors_file_is_one_line(folders, tmp_path):
    folder = copy_of(folders["transformers"], tmp_path)
    (folder / "model.safetensors").write_bytes(b"x" * 50)
    with pytest.raises(StateError, match=r"transformers .* cannot load it") as raised:
        TransformersWhisperReader(folder, sampling_rate=RATE)
    assert "\n" not in str(raised.value)


def test_a_compute_type_that_there_is_not_is_named(folders):
    with pytest.raises(ConfigError, match="unknown compute_type 'int9'; did you mean 'int8'"):
        FasterWhisperReader(folders["faster"], sampling_rate=RATE, compute_type="int9")


def test_attention_is_standardised_smoothed_and_cut_to_the_speech():
    attention = torch.full((1, 2, 5, 40), 0.1)
    attention[0, 1, 2, 8:20] = 5.0  # the second head's third token looks at frames 8 to 19
    weights = attention_by_frame([attention, attention], heads=[[1, 1]], rows=slice(1, 4), num_frames=30)
    assert weights.shape == (3, 30)
    assert weights[1].argmax() in range(8, 20)
    assert weights[1, 8:20] == pytest.approx(np.full(12, 2.0), abs=0.3)  # of 5 tokens one stands out
    everywhere = attention_by_frame([attention, attention], heads=None, rows=slice(1, 4), num_frames=30)
    assert everywhere[1, 10] == pytest.approx(weights[1, 10] / 2, abs=1e-5)  # half of its heads know


def test_a_long_waveform_is_cut_where_it_is_quiet():
    waveform = np.ones(25000, dtype=np.float32)
    waveform[9000:9200] = waveform[17500:17600] = 0.0
    cuts = quiet_cuts(waveform, longest=10000, within=3000)
    assert 9000 <= cuts[0] < 9200
    assert 17500 <= cuts[1] < 17600
    assert len(cuts) == 2
    assert quiet_cuts(waveform[:10000], longest=10000, within=3000) == []


def copy_of(folder, tmp_path, *, without=None):
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        if path.name != without:
            (copy / path.name).write_bytes(path.read_bytes())
    return copy


REAL = Path(os.environ.get("MUSASR_WHISPER", "no folder is named")) / "base"
SENTENCE = "今日は天気がいいので、公園を散歩しました。"


@pytest.mark.skipif(not REAL.is_dir(), reason="MUSASR_WHISPER names no folder of tools/whisper_weights.sh")
def test_real_weights_read_japanese_and_say_when():
    import pyopenjtalk
    import soxr

    speech, rate = pyopenjtalk.tts(SENTENCE)
    waveform = np.concatenate([np.zeros(RATE), soxr.resample(speech / 2**15, rate, RATE)]).astype(np.float32)
    reader = FasterWhisperReader(REAL, sampling_rate=RATE, threads=1)
    assert reader.detect_language(waveform)[0] == "ja"
    reader.language = "ja"
    (reading,) = reader(torch.from_numpy(waveform)[None], torch.tensor([len(waveform)]))
    spelt = [{"a": scoring_spelling(text, "ja")} for text in (SENTENCE, reading.text)]
    assert corpus_cer(*spelt).percent < 40  # a synthesiser's voice is hard for it
    assert "".join(word.text for word in reading.words) == reading.text
    assert 0.6 < reading.words[0].end < 2.0  # a second of silence comes first
    assert np.mean([word.confidence for word in reading.words]) > 0.5
