"""From samples to turns, and `musasr diarize`: two voices that a simple network of voices can tell."""

import json
import weakref

import numpy as np
import pytest

from musasr import audio
from musasr.cli.main import main
from musasr.diarizers.activity import RATE
from musasr.diarizers.dereverberation import dereverberate
from musasr.diarizers.diarizing import diarize
from musasr.diarizers.settings import load_settings, note_threshold
from musasr.diarizers.silero import speech_probabilities
from musasr.diarizers.streaming import diarize_stream
from musasr.errors import ConfigError, DataError
from musasr.kaldi.rttm import Turn, read_rttm
from musasr.metrics.diarization import score_diarization


def spectra(waveforms):
    """A network of voices for tones: the spectrum."""
    return np.abs(np.fft.rfft(waveforms))[:, : RATE // 8]


REFERENCE = [Turn(0.5, 4, "A"), Turn(4, 7, "B"), Turn(8, 11, "A"), Turn(12, 12.6, "B")]
SPEECH = [(0.5, 7.0), (8.0, 11.0), (12.0, 12.6)]


@pytest.fixture
def tones():
    """Two voices, of 300 and of 700 Hz."""
    samples = np.zeros(13 * RATE, np.float32)
    for turn in REFERENCE:
        first, last = round(turn.start * RATE), round(turn.end * RATE)
        hertz = {"A": 300, "B": 700}[turn.speaker]
        samples[first:last] = 0.3 * np.sin(2 * np.pi * hertz * np.arange(last - first) / RATE)
    return samples


@pytest.mark.parametrize("given", [{}, {"num_speakers": 2}])
def test_turns_are_those_of_the_speakers(tones, given):
    settings = load_settings(["clustering.threshold=0.6", "windows.seconds=1.0"])
    turns = diarize(tones, RATE, embedder=spectra, settings=settings, speech=SPEECH, **given)
    assert [turn.speaker for turn in turns] == ["1", "2", "1", "2"]
    score = score_diarization(reference=REFERENCE, hypothesis=turns)
    assert score.missed == pytest.approx(0, abs=1e-6)
    assert score.confusion < 0.5  # half a window


@pytest.mark.parametrize("echoes", ["false", "true"])
@pytest.mark.parametrize("kind", ["silero", "webrtc"])
def test_a_recording_in_blocks_has_the_turns_of_the_whole(tones, kind, echoes):
    asked = ["clustering.threshold=0.6", f"activity.kind={kind}", f"dereverberation.is_on={echoes}"]
    options = {"embedder": spectra, "settings": load_settings(asked)}
    blocks = np.split(tones, range(999, len(tones), 30_000))
    assert diarize_stream(lambda: iter(blocks), **options) == diarize(tones, RATE, **options)


def test_memory_does_not_grow_with_the_recording(tones):
    """Once, `musasr diarize` held it whole."""
    alive = weakref.WeakSet()
    most = 0

    class Block(np.ndarray):
        __hash__ = object.__hash__

    def read():
        nonlocal most
        for _ in range(100):
            block = tones.copy().view(Block)
            alive.add(block)
            most = max(most, len(alive))
            yield block

    options = {"embedder": spectra, "settings": load_settings(["activity.kind=webrtc"])}
    assert diarize_stream(read, **options)
    assert most < 10


def test_another_rate_changes_little(tones):
    settings = load_settings(["clustering.threshold=0.6", "windows.seconds=1.0"])
    options = {"embedder": spectra, "settings": settings, "speech": SPEECH}
    higher = audio.resample(tones, RATE, 44_100)
    assert [turn.speaker for turn in diarize(higher, 44_100, **options)] == ["1", "2", "1", "2"]


def test_silence_has_no_turns_and_the_detector_may_hear_another_sound(tones):
    options = {"embedder": spectra, "settings": load_settings()}
    assert diarize(np.zeros(RATE, np.float32), RATE, **options) == []
    assert diarize(tones, RATE, speech_samples=np.zeros_like(tones), **options) == []


def test_samples_that_are_none_are_said():
    options = {"embedder": spectra, "settings": load_settings()}
    with pytest.raises(DataError, match=r"samples of shape \(2, 5\) are no mono recording; give \(T,\)"):
        diarize(np.zeros((2, 5)), RATE, **options)
    with pytest.raises(DataError, match="the samples hold NaN or infinity"):
        diarize(np.full(5, np.nan), RATE, **options)


def test_echoes_become_weaker():
    random = np.random.default_rng(0)
    dry = random.normal(size=4 * RATE) * (np.arange(4 * RATE) // 4000 % 2)  # bursts of 0.25 s
    tail = random.normal(size=RATE // 2) * np.exp(-np.arange(RATE // 2) / 1600)
    tail[:600] = 0
    tail[0] = 6.0
    wet = np.convolve(dry, tail)[: 4 * RATE].astype(np.float32)
    conf = load_settings()["dereverberation"]
    conf.pop("is_on")
    done = np.concatenate(list(dereverberate(np.split(wet, [9000]), sampling_rate=RATE, **conf)))
    pause = (np.arange(4 * RATE) // 4000 % 2 == 0) & (np.arange(4 * RATE) % 4000 > 1000)
    assert len(done) == len(wet)
    assert (done[pause] ** 2).mean() < 0.85 * (wet[pause] ** 2).mean()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("activity.kind=ears", "activity.kind: wants silero or webrtc or segmenter, got 'ears'"),
        ("windows.shift=3", "windows.shift: shift 3 is above seconds 1.5: speech would be left out"),
        ("activity.silero.offset=0.9", "activity.silero: offset 0.9 is above onset 0.5"),
        ("dereverberation.shift=500", "dereverberation.shift: shift 500 is above half of size 512"),
        ("clustering.tresh=1", "did you mean 'threshold'"),
    ],
)
def test_settings_that_make_no_sense_are_said(change, message):
    with pytest.raises(ConfigError, match=message):
        load_settings([change])


def test_a_file_of_settings_changes_what_it_names(tmp_path):
    (tmp_path / "x.yaml").write_text("clustering: {threshold: 0.25}\n")
    settings = load_settings(path=tmp_path / "x.yaml")
    assert settings["clustering"] == {"linkage": "average", "smallest": 1, "threshold": 0.25}


@pytest.fixture
def network(tmp_path):
    """An untrained one of ours."""
    import torch

    from musasr.classification.folder import save_network
    from musasr.classifiers.networks import SpeakerEmbedder

    torch.manual_seed(0)
    conf = {"embedding_size": 8}
    save_network(tmp_path / "speakers", SpeakerEmbedder(**conf), {"network": conf})
    return tmp_path / "speakers"


def test_a_network_without_a_threshold_of_its_own_is_noted(tmp_path, network, capsys):
    note_threshold(network, load_settings(model=network))
    assert "speakers: no threshold was chosen for it, and 0.8 is another" in capsys.readouterr().err
    note_threshold(network, load_settings(["clustering.threshold=0.3"], model=network))
    note_threshold(tmp_path / "cam.pt", load_settings())
    (network / "diarization.yaml").write_text("clustering: {threshold: 0.8}\n")
    note_threshold(network, load_settings(model=network))
    assert not capsys.readouterr().err


@pytest.mark.slow
def test_the_command_writes_turns_of_a_recording(tmp_path, network, capsys):
    from musasr.corpora.embedded.speech.synthesis import Line, synthesise
    from musasr.corpora.embedded.speech.voices import make_voice

    line = Line("a", "今日はいい天気です。", make_voice(3), 0.0, 1.0, -20.0, 0.5, 0.5, -70.0, RATE, "x")
    audio.write(tmp_path / "my talk.wav", synthesise(line), RATE)
    command = ["diarize", str(tmp_path / "my talk.wav"), "--model", str(network), "--num_speakers", "1"]
    assert main([*command, "-o", str(tmp_path / "out"), "--format", "rttm,json", "--json"]) == 0
    (figures,) = json.loads(capsys.readouterr().out)
    turns = read_rttm(tmp_path / "out/my talk.rttm")["my_talk"]
    assert {turn.speaker for turn in turns} == {"1"}
    assert (figures["num_turns"], figures["num_speakers"]) == (len(turns), 1)
    written = json.loads((tmp_path / "out/my talk.json").read_text())["turns"]
    assert [one["start"] for one in written] == pytest.approx([turn.start for turn in turns], abs=1e-3)
    assert main([*command, "-o", str(tmp_path / "out")]) == 1
    assert "my talk.rttm: is there already; give --overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "srt"], "--format: unknown format 'srt'"),
        (["--num_speakers", "0"], "--num_speakers: nobody would speak; give 1 or more"),
        (["--stream", "-1"], "--stream: streams are numbered from 0"),
        ([], "none.pt: no such file; check the path of the network of voices"),
    ],
)
def test_bad_options_of_the_command_are_said_in_a_line(tmp_path, capsys, options, message):
    audio.write(tmp_path / "a.wav", np.full(RATE, 0.1), RATE)
    assert main(["diarize", str(tmp_path / "a.wav"), "--model", str(tmp_path / "none.pt"), *options]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_two_recordings_of_one_name_are_refused(tmp_path, capsys):
    for suffix in ("wav", "flac"):
        audio.write(tmp_path / f"a.{suffix}", np.full(RATE, 0.1), RATE)
    assert main(["diarize", str(tmp_path), "--model", "none.pt"]) == 1
    assert "would both write it; rename one" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["diarize", "transcribe"])
def test_a_target_that_cannot_be_written_is_said_before_the_work(tmp_path, capsys, command):
    """Once, after the hours that a recording takes; with --overwrite too."""
    kind = {"diarize": "rttm", "transcribe": "srt"}[command]
    audio.write(tmp_path / "a.wav", np.full(RATE, 0.1), RATE)
    (tmp_path / f"a.{kind}").mkdir()
    (tmp_path / "file").write_text("no folder")
    words = [command, str(tmp_path / "a.wav"), "--model", "none.pt", "--overwrite"]
    assert main(words) == 1
    assert f"a.{kind}: is a folder in the place of a file; remove it, or name" in capsys.readouterr().err
    assert main([*words, "-o", str(tmp_path / "file")]) == 1
    assert "file: is a file, not a folder; name another" in capsys.readouterr().err


@pytest.mark.parametrize("config", ["network: half\n", "seed: 1\n", "network: {embeding_size: 8}\n"])
def test_a_network_that_does_not_say_how_it_was_built_is_one_line(tmp_path, network, capsys, config):
    (network / "config.yaml").write_text(config)
    audio.write(tmp_path / "a.wav", np.full(RATE, 0.1), RATE)
    assert main(["diarize", str(tmp_path / "a.wav"), "--model", str(network)]) == 1
    assert "config.yaml: its section network is none of this kind" in capsys.readouterr().err


def test_a_name_that_is_no_text_is_one_line(tmp_path, network, capsys):
    """Once a traceback of soundfile, in every command that reads audio."""
    path = tmp_path / "a\udcff.wav"
    audio.write(tmp_path / "a.wav", np.full(RATE, 0.1), RATE)
    (tmp_path / "a.wav").rename(path)
    assert main(["diarize", str(path), "--model", str(network)]) == 1
    assert "a\\xff.wav: its name is not UTF-8; rename it" in capsys.readouterr().err


def test_less_than_the_detectors_window_is_no_speech():
    assert speech_probabilities([np.full(5, 0.1, np.float32)]).shape == (1,)
