"""Files into subtitles: resumed after any kill, valid at any time, nobody's files written over."""

import json

import pytest
from burst_film import SETTINGS, make_system, write_film

from musasr.errors import ConfigError, DataError
from musasr.transcribe.files import FileTranscriber
from musasr.transcribe.outputs import outputs_of
from musasr.transcribe.transcript import read_transcript

BURSTS = [(0.5, 1.5), (3.0, 5.5), (9.0, 9.8)]


@pytest.fixture
def media(tmp_path):
    return write_film(tmp_path / "a film.wav", BURSTS, 12.0)


def transcribe(monkeypatch, media, folder, formats="json,srt", settings=SETTINGS, **options):
    system = make_system(monkeypatch)
    (outputs,) = outputs_of([media], folder, formats, **options)
    return FileTranscriber(system, settings)(outputs), system


def test_outputs_are_there_and_complete(monkeypatch, media, tmp_path):
    formats = "srt,vtt,ass,txt,ctm,json,html"
    done, _ = transcribe(monkeypatch, media, tmp_path / "out", formats)
    assert sorted(path.suffix[1:] for path in done.outputs.paths.values()) == sorted(formats.split(","))
    assert all(path.stat().st_size for path in done.outputs.paths.values())
    transcript = read_transcript(tmp_path / "out" / "a film.json")
    assert (transcript.duration, transcript.is_complete) == (12.0, True)
    assert [word.text for word in transcript.words] == ["w10", "w25", "w8"]
    assert len(transcript.levels.speech_db) == len(transcript.levels.music_db)


def test_a_second_run_reads_nothing_again(monkeypatch, media, tmp_path):
    first, _ = transcribe(monkeypatch, media, tmp_path / "out")
    second, system = transcribe(monkeypatch, media, tmp_path / "out", "json,vtt")
    assert second.transcript == first.transcript
    assert (second.seconds, system.reader.num_read, system.separator.num_separated) == (0.0, 0, 0)


@pytest.mark.parametrize("fraction", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_killed_run_goes_on_to_the_same_end(monkeypatch, media, tmp_path, fraction):
    """A kill leaves the progress file cut anywhere."""
    whole, _ = transcribe(monkeypatch, media, tmp_path / "whole", "json,html")
    cut, _ = transcribe(monkeypatch, media, tmp_path / "cut")
    content = cut.outputs.progress.read_bytes()
    cut.outputs.progress.write_bytes(content[: int(len(content) * fraction)])
    again, _ = transcribe(monkeypatch, media, tmp_path / "cut", "json,html")
    assert again.transcript == whole.transcript
    assert again.outputs.paths["html"].read_bytes() == whole.outputs.paths["html"].read_bytes()
    assert again.outputs.progress.read_bytes() == whole.outputs.progress.read_bytes()


def test_subtitles_are_valid_while_it_goes_on(monkeypatch, media, tmp_path):
    seen = []
    monkeypatch.setattr(
        "musasr.transcribe.outputs.write_subtitles",
        lambda transcript, *args, **options: seen.append(transcript),
    )
    monkeypatch.setattr("musasr.transcribe.outputs.digest_of_file", lambda path: "")
    settings = SETTINGS | {"output": {"save_seconds": 0.0}}
    transcribe(monkeypatch, media, tmp_path / "out", "srt", settings)
    assert [one.is_complete for one in seen] == [False] * (len(seen) - 1) + [True]
    assert len(seen) == 4
    assert [len(one.words) for one in seen] == sorted(len(one.words) for one in seen)


def test_other_settings_are_another_transcription(monkeypatch, media, tmp_path):
    transcribe(monkeypatch, media, tmp_path / "out")
    changed = SETTINGS | {"segments": SETTINGS["segments"] | {"padding": 0.05}}
    again, system = transcribe(monkeypatch, media, tmp_path / "out", settings=changed)
    assert system.reader.num_read == 3
    assert again.transcript.segments[0].start == pytest.approx(0.45, abs=0.04)


def test_a_file_that_is_not_ours_is_left_alone(monkeypatch, media, tmp_path):
    (tmp_path / "a film.srt").write_text("mine")
    with pytest.raises(
        ConfigError, match=r"a film\.srt: is there already, and not as we wrote it; give --over"
    ):
        transcribe(monkeypatch, media, None, "srt")
    assert (tmp_path / "a film.srt").read_text() == "mine"
    transcribe(monkeypatch, media, None, "srt", overwrite=True)
    transcribe(monkeypatch, media, None, "srt")  # ours now
    with (tmp_path / "a film.srt").open("a") as file:
        file.write("corrected by hand")
    with pytest.raises(ConfigError, match="not as we wrote it"):
        transcribe(monkeypatch, media, None, "srt")


def test_a_broken_file_leaves_nothing(monkeypatch, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_text("no film")
    with pytest.raises(DataError, match=r"film\.mp4"):
        transcribe(monkeypatch, path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("names", "formats", "message"),
    [
        (["a.wav"], "srt,vvt", "--format: unknown format 'vvt'; did you mean 'vtt'"),
        (["x/a.wav", "y/a.mp3"], "srt", "has the name of .*their subtitles would be one"),
    ],
)
def test_outputs_that_cannot_be_are_one_line(tmp_path, names, formats, message):
    with pytest.raises(ConfigError, match=message):
        outputs_of([tmp_path / name for name in names], tmp_path / "out", formats)


def test_the_recording_itself_is_never_written_over(tmp_path):
    path = tmp_path / "film.txt"  # media by any name
    path.write_bytes(b"x")
    with pytest.raises(ConfigError, match="is the recording itself"):
        outputs_of([path], None, "txt", overwrite=True)


def test_a_progress_file_of_something_else_does_not_count(monkeypatch, media, tmp_path):
    done, _ = transcribe(monkeypatch, media, tmp_path / "out")
    lines = done.outputs.progress.read_bytes().splitlines(keepends=True)
    header = json.loads(lines[0]) | {"recording": "another"}
    done.outputs.progress.write_bytes(json.dumps(header).encode() + b"\n" + b"".join(lines[1:]))
    _, system = transcribe(monkeypatch, media, tmp_path / "out")
    assert system.reader.num_read == 3
