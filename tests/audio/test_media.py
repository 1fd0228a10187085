"""What is opened, what is refused and in which words; what files say of themselves; folders of media."""

import shutil
import socket

import av
import numpy as np
import pytest
import soundfile
from media_files import RATE, tone, tone_times, write_media

from musasr import audio
from musasr.errors import DataError

READERS = {
    "probe": audio.probe,
    "decode": lambda path: list(audio.decode(path)),
    "read": audio.read,
    "info": audio.info,
    "stream_mono": lambda path: list(audio.stream_mono(path, sampling_rate=16000)),
}
PLAYLISTS = {
    "concat.mp3": "ffconcat version 1.0\nfile neighbour.mkv\n",
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{neighbour}\n#EXT-X-ENDLIST\n",
    "address.m3u8": "#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    "manifest.mp4": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011">{neighbour}</MPD>',
    "text.mp4": "These are words, no sound.\n" * 50,
    "日本語.mkv": "字幕ではありません。" * 500,
}


@pytest.fixture
def neighbour(tmp_path):
    return write_media(tmp_path / "neighbour.mkv", tone(1.0, begin=0.2), codec="pcm_s16le")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_text_is_no_sound_and_opens_nothing(tmp_path, neighbour, name, reader):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.05)
        path = tmp_path / name
        path.write_text(PLAYLISTS[name].format(neighbour=neighbour, port=server.getsockname()[1]), "utf-8")
        with pytest.raises(DataError, match=rf"{name}: no audio can be read \(it is a text file\); name an"):
            READERS[reader](path)
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_list_of_formats_holds_where_a_playlist_does_not_look_like_text(tmp_path, neighbour, monkeypatch):
    monkeypatch.setattr("musasr.audio.containers.is_text", lambda path: False)
    path = tmp_path / "concat.mp3"
    path.write_text(PLAYLISTS[path.name])
    with av.open(str(path)) as container:  # it would be followed
        assert container.format.name == "concat"
    with pytest.raises(DataError, match=r"no audio can be read \(the format is none that is read here\)"):
        audio.probe(path)


def test_a_name_is_never_an_address(tmp_path, neighbour, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(neighbour, "concat:a.mkv")
    assert audio.probe("concat:a.mkv").duration == pytest.approx(1.0)
    for name in (f"concat:{neighbour}", "http://127.0.0.1/a.mp4", "pipe:0"):
        with pytest.raises(DataError, match="no such audio file"):
            audio.probe(name)


@pytest.mark.parametrize("reader", READERS)
def test_a_folder_is_named(tmp_path, reader):
    with pytest.raises(DataError, match="is a folder, not an audio file; name a file in it"):
        READERS[reader](tmp_path)


@pytest.mark.parametrize("reader", READERS)
def test_no_length_is_no_audio(tmp_path, reader):
    soundfile.write(tmp_path / "zero.wav", np.zeros(0), 16000)
    (tmp_path / "none.mp4").touch()
    for name in ("zero.wav", "none.mp4"):
        if (reader, name) == ("info", "zero.wav"):
            continue  # says so: 0 samples
        with pytest.raises(DataError, match=rf"{name}: (the audio is empty|the file is empty)"):
            READERS[reader](tmp_path / name)


@pytest.mark.parametrize("number", [2, -1, 9])
def test_a_stream_that_is_not_there_is_told_with_those_that_are(tmp_path, number):
    path = write_media(tmp_path / "a.mkv", tone(0.5), codec="pcm_s16le", streams=2)
    known = r"the file has: 0 \(pcm_s16le, 1 channel\), 1 \(pcm_s16le, 1 channel\)"
    with pytest.raises(DataError, match=rf"no audio stream {number}; {known}"):
        audio.probe(path, stream=number)
    with pytest.raises(DataError, match=rf"no audio stream {number}; {known}"):
        list(audio.decode(path, stream=number))
    assert audio.probe(path, stream=1).streams == ("pcm_s16le, 1 channel",) * 2


def test_a_picture_alone_has_no_sound(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        image = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux(video.encode(image))
        container.mux(video.encode(None))
    with pytest.raises(DataError, match=r"a\.mp4: no audio stream in the file; name an audio file"):
        audio.probe(tmp_path / "a.mp4")


@pytest.mark.parametrize("sample_entry", [b"enca", b"drms"])
def test_protected_audio_is_said_to_be_so(tmp_path, sample_entry):
    path = write_media(tmp_path / "a.mp4", tone(0.5), codec="aac")
    path.write_bytes(path.read_bytes().replace(b"mp4a", sample_entry))
    for reader in READERS.values():
        with pytest.raises(DataError, match=r"a\.mp4: the audio is encrypted \(DRM\); name an unprotected"):
            reader(path)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "aac"), ("a.avi", "mp2")])
@pytest.mark.parametrize("reader", READERS)
def test_a_copy_that_broke_off_is_told_before_it_is_decoded(tmp_path, name, codec, reader):
    path = write_media(tmp_path / name, tone(), codec=codec)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    told = rf"the file is cut off \({len(content) // 2} of \d+ bytes\); copy or make the file again"
    with pytest.raises(DataError, match=told):
        READERS[reader](path)


def test_some_broken_packets_are_silence_and_many_are_an_error(tmp_path):
    path = write_media(tmp_path / "a.mkv", tone(), codec="aac")
    content = path.read_bytes()
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    def spoil(numbers):
        spoilt = bytearray(content)
        for number in numbers:
            at = content.index(bytes(packets[number]))
            spoilt[at : at + len(packets[number])] = b"\xff" * len(packets[number])
        path.write_bytes(spoilt)

    before, _ = audio.read(path)
    spoil([60, 61, 62])
    after, _ = audio.read(path)
    assert len(after) == pytest.approx(len(before), abs=RATE / 1000)  # Matroska's stamps are in ms
    silent = np.flatnonzero(before.astype(bool) & (after[: len(before)] == 0))
    assert 2000 < len(silent) < 4000
    assert tone_times(after, RATE)[-1][1] == pytest.approx(tone_times(before, RATE)[-1][1], abs=0.006)
    spoil(range(40, 80))
    with pytest.raises(DataError, match=r"no audio can be read \(\d+ of \d+ packets are broken\)"):
        audio.read(path)


def test_a_truncated_mp3_is_not_music_with_holes(tmp_path):
    soundfile.write(tmp_path / "a.mp3", np.random.default_rng(0).uniform(-0.5, 0.5, 20 * 16000), 16000)
    content = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"broken audio: \d+ of \d+ samples can be decoded"):
        list(audio.decode(tmp_path / "a.mp3"))


def test_a_file_says_what_it_holds(tmp_path):
    soundfile.write(tmp_path / "a.flac", np.zeros((8000, 2)), 16000)
    media = audio.probe(tmp_path / "a.flac")
    assert (media.duration, media.start, media.sampling_rate, media.num_channels) == (0.5, 0.0, 16000, 2)
    assert (media.streams, media.content, media.has_video) == (("flac, 2 channels",), "flac", False)
    path = write_media(tmp_path / "a.mkv", np.zeros((2, RATE), np.float32), codec="aac", picture=4.0)
    media = audio.probe(path)
    assert media.duration == pytest.approx(4.0, abs=0.05)  # the picture goes on
    assert (media.sampling_rate, media.num_channels, media.has_video) == (RATE, 2, True)
    assert audio.info(path).duration == pytest.approx(1.0, abs=0.05)


@pytest.fixture
def library(tmp_path):
    for name in ("b.WAV", "a.mkv", "deep/er/c.mp3", "notes.txt", ".hidden.wav", ".cache/d.wav"):
        path = tmp_path / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path / "library"


def test_folders_are_walked_and_files_are_taken_as_they_are(library):
    found = audio.find_media([library / "notes.txt", library, library / "a.mkv"])
    assert [str(path.relative_to(library)) for path in found] == [
        "notes.txt",
        "a.mkv",
        "b.WAV",
        "deep/er/c.mp3",
    ]


def test_patterns_are_looked_up(library):
    assert audio.find_media([library / "*.mkv"]) == [library / "a.mkv"]
    assert audio.find_media([library / "**/*.mp3"]) == [library / "deep/er/c.mp3"]
    assert audio.find_media([library / "d*"]) == [library / "deep/er/c.mp3"]
    odd = library / "x[1].wav"
    odd.write_bytes(b"x")
    assert audio.find_media([odd]) == [odd]


def test_paths_without_media_are_named(library, tmp_path):
    (tmp_path / "empty").mkdir()
    for path, what in (
        (tmp_path / "empty", "no audio or video in the folder; name another folder"),
        (library / ".cache" / ".none", "no such audio file; check the path"),
        (library / "*.ogg", "no file matches the pattern; check the pattern"),
    ):
        with pytest.raises(DataError) as error:
            audio.find_media([path])
        assert str(error.value) == f"{path}: {what}"
