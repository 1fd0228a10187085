import logging
import os

import numpy as np
import pytest
import soundfile

from musasr import audio, kaldi
from musasr.corpora import kaldi_dir
from musasr.errors import DataError


def noise(seed, seconds=1.0, rate=16000, level=0.3):
    return level * np.random.default_rng(seed).uniform(-1, 1, round(seconds * rate))


def write_dir(directory, speaker, *, num_utterances=2, rate=16000, suffix="wav"):
    """A user's data dir with one file an utterance."""
    directory.mkdir(parents=True)
    ids = [f"{speaker}-{directory.name}{number}" for number in range(num_utterances)]
    for number, key in enumerate(ids):
        soundfile.write(directory / f"{key}.{suffix}", noise(number, rate=rate), rate)
    kaldi.write_table(directory / "wav.scp", {key: directory / f"{key}.{suffix}" for key in ids})
    kaldi.write_table(directory / "text", {key: "音楽　の ＡＢＣ" for key in ids})
    kaldi.write_table(directory / "utt2spk", dict.fromkeys(ids, speaker))
    kaldi.write_table(directory / "spk2utt", {speaker: " ".join(ids)})
    return directory


@pytest.fixture
def sources(tmp_path):
    return {name: write_dir(tmp_path / "mine" / name, f"s{name}") for name in ("train", "dev", "test")}


def prepare(output, sources, **settings):
    settings = {"sampling_rate": 16000, "seed": 0, "num_jobs": 1, **settings}
    return kaldi_dir.prepare(output, **sources, **settings)


def contents(output):
    return {
        str(path.relative_to(output)): path.read_bytes().replace(str(output).encode(), b"")
        for path in sorted(output.rglob("*"))
        if path.is_file()
    }


def test_the_sets_come_out_uniform(tmp_path, sources):
    assert prepare(tmp_path / "out", sources) == []
    for name in sources:
        assert kaldi.validate(tmp_path / "out" / name) == kaldi.DataDirCounts(2, 1, 2)
    first = kaldi.read_utterances(tmp_path / "out/train")[0]
    assert (first.utterance_id, first.speaker_id, first.text) == ("strain-train0", "strain", "音楽 の abc")
    assert first.path == tmp_path / "out/train/wav/strain-train0.wav"
    assert first.num_samples == 16000
    np.testing.assert_allclose(audio.read(first.path)[0], noise(0), atol=2 / 32768)


@pytest.mark.parametrize(("rate", "suffix"), [(44100, "flac"), (8000, "wav"), (48000, "mp3")])
def test_any_rate_and_format_is_made_uniform(tmp_path, sources, rate, suffix):
    sources["dev"] = write_dir(tmp_path / "other" / "dev", "x", rate=rate, suffix=suffix)
    prepare(tmp_path / "out", sources)
    for item in kaldi.read_utterances(tmp_path / "out/dev"):
        assert soundfile.info(item.path).samplerate == 16000
        assert soundfile.info(item.path).subtype == "PCM_16"
        assert item.num_samples == pytest.approx(16000, abs=500)


def test_segments_are_cut(tmp_path, sources):
    source = sources["train"]
    whole = noise(9, seconds=3.0)
    soundfile.write(source / "talk.wav", whole, 16000)
    kaldi.write_table(source / "wav.scp", {"talk": source / "talk.wav"})
    kaldi.write_table(source / "segments", {"strain-train0": "talk 0.5 1.25", "strain-train1": "talk 2 3"})
    prepare(tmp_path / "out", sources)
    first, second = kaldi.read_utterances(tmp_path / "out/train")
    assert (first.num_samples, second.num_samples) == (12000, 16000)
    np.testing.assert_allclose(audio.read(first.path)[0], whole[8000:20000], atol=2 / 32768)
    np.testing.assert_allclose(audio.read(second.path)[0], whole[32000:], atol=2 / 32768)


def test_speakers_that_alternate_and_a_missing_spk2utt_are_taken_and_the_source_is_left_alone(
    tmp_path, sources
):
    source = sources["train"]
    kaldi.write_table(source / "utt2spk", {"strain-train0": "z", "strain-train1": "a"})
    (source / "spk2utt").unlink()
    before = contents(source)
    prepare(tmp_path / "out", sources)
    assert contents(source) == before
    assert kaldi.read_table(tmp_path / "out/train/spk2utt") == {"a": "strain-train1", "z": "strain-train0"}
    assert [item.speaker_id for item in kaldi.read_utterances(tmp_path / "out/train")] == ["z", "a"]


@pytest.mark.slow
def test_jobs_change_no_byte(tmp_path, sources):
    for num_jobs in (1, 2):
        prepare(tmp_path / f"out{num_jobs}", sources, num_jobs=num_jobs, seed=num_jobs)
    assert contents(tmp_path / "out1") == contents(tmp_path / "out2")


def test_a_second_run_keeps_what_is_there_and_cuts_what_is_not(tmp_path, sources):
    prepare(tmp_path / "out", sources)
    before = contents(tmp_path / "out")
    kept, lost = sorted((tmp_path / "out/train/wav").glob("*.wav"))
    stamp = kept.stat().st_mtime_ns
    lost.unlink()
    (tmp_path / "out/train/text").unlink()
    prepare(tmp_path / "out", sources)
    assert contents(tmp_path / "out") == before
    assert kept.stat().st_mtime_ns == stamp


def test_a_changed_source_is_cut_again_and_a_removed_one_goes(tmp_path, sources):
    prepare(tmp_path / "out", sources)
    source = sources["train"]
    soundfile.write(source / "strain-train0.wav", noise(77, seconds=0.5), 16000)
    os.utime(source / "strain-train0.wav", ns=(1, 1))
    for name in ("wav.scp", "text", "utt2spk"):
        table = kaldi.read_table(source / name)
        kaldi.write_table(source / name, {"strain-train0": table["strain-train0"]})
    kaldi.write_table(source / "spk2utt", {"strain": "strain-train0"})
    prepare(tmp_path / "out", sources)
    (only,) = kaldi.read_utterances(tmp_path / "out/train")
    assert only.num_samples == 8000
    assert [path.name for path in (tmp_path / "out/train/wav").iterdir()] == ["strain-train0.wav"]


def test_a_source_at_full_scale_survives_resampling(tmp_path, sources):
    square = np.where(np.arange(44100) // 100 % 2, 1.0, -1.0)
    soundfile.write(sources["test"] / "stest-test0.wav", square, 44100)
    prepare(tmp_path / "out", sources)
    samples, _ = audio.read(tmp_path / "out/test/wav/stest-test0.wav")
    assert np.abs(samples).max() == pytest.approx(1.0, abs=1e-3)


def test_a_rate_that_is_not_what_was_said_is_an_error(tmp_path, sources):
    soundfile.write(sources["dev"] / "sdev-dev1.wav", noise(0, rate=8000), 8000)
    match = r"sdev-dev1\.wav: the rate is 8000 Hz, not 16000 Hz as was said; fix source_sampling_rate"
    with pytest.raises(DataError, match=match):
        prepare(tmp_path / "out", sources, source_sampling_rate=16000)


def test_silent_audio_is_an_error(tmp_path, sources):
    soundfile.write(sources["train"] / "strain-train1.wav", np.zeros(1600), 16000)
    with pytest.raises(DataError, match=r"strain-train1\.wav: utterance strain-train1 is silent"):
        prepare(tmp_path / "out", sources)


@pytest.mark.parametrize("num_jobs", [1, 2])
def test_broken_audio_is_an_error_in_any_process(tmp_path, sources, num_jobs):
    (sources["train"] / "strain-train1.wav").write_text("no audio")
    with pytest.raises(DataError, match=r"strain-train1\.wav: no audio can be read"):
        prepare(tmp_path / "out", sources, num_jobs=num_jobs)


def test_a_segment_beyond_its_recording_is_an_error(tmp_path, sources):
    source = sources["train"]
    kaldi.write_table(source / "wav.scp", {"talk": source / "strain-train0.wav"})
    kaldi.write_table(source / "segments", {"strain-train0": "talk 0 0.5", "strain-train1": "talk 0.5 2"})
    with pytest.raises(DataError, match=r"strain-train0\.wav: the file ends at 1\.00 s, before 2 s"):
        prepare(tmp_path / "out", sources)


def test_a_text_of_nothing_visible_is_an_error(tmp_path, sources):
    kaldi.write_table(sources["dev"] / "text", {"sdev-dev0": "x", "sdev-dev1": "▁"})
    with pytest.raises(DataError, match=r"dev/text:2: sdev-dev1 has no visible character"):
        prepare(tmp_path / "out", sources)


def test_one_utterance_in_two_sets_is_an_error(tmp_path, sources):
    sources["test"] = sources["train"]
    with pytest.raises(DataError, match=r"2 utterance ids of train are in test too \(first: strain-train0\)"):
        prepare(tmp_path / "out", sources)


def test_shared_speakers_are_a_warning(tmp_path, sources, caplog):
    prepare(tmp_path / "quiet", sources)
    assert not caplog.records
    sources["test"] = write_dir(tmp_path / "other" / "test", "strain")
    with caplog.at_level(logging.WARNING):
        prepare(tmp_path / "out", sources)
    assert "1 of 1 test speakers are in train too" in caplog.text


def test_the_output_is_never_written_over_the_source(tmp_path, sources):
    with pytest.raises(DataError, match="the source is also the output"):
        prepare(tmp_path / "mine", sources)
