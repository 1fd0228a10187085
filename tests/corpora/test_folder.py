"""The user's own music: formats, genres, held-out titles and the errors of a wrong folder."""

import numpy as np
import pytest
import soundfile
from music_files import RATE, encode, sine
from music_files import tone as _tone

from musasr import audio, kaldi
from musasr.corpora import folder, titles
from musasr.errors import DataError


@pytest.fixture
def music(tmp_path):
    """A collection: six albums of two training titles, one test title without a genre, two with."""
    for i in range(12):
        _tone(tmp_path / "train" / f"album {i // 2}" / f"曲 {i}.wav", 200 + 20 * i, rate=(8000, 11025)[i % 2])
    _tone(tmp_path / "test" / "opening.wav", 700)
    _tone(tmp_path / "test" / "Classical" / "suite" / "one.wav", 720)
    _tone(tmp_path / "test" / "J Pop" / "two.wav", 740)
    return tmp_path


def _prepare(root, *, output="out", num_jobs=1, dev=None, table=None):
    return folder.prepare(
        root / output,
        sampling_rate=RATE,
        seed=1,
        num_jobs=num_jobs,
        train=str(root / "train"),
        dev=dev,
        test=str(root / "test"),
        table=table and str(table),
    )


def _albums_of(root, name, *, output="out"):
    """Album -> how many of its titles a set has."""
    ids = [piece.recording_id for piece in kaldi.read_music_dir(root / output / name)]
    return {album: sum(one.startswith(album) for one in ids) for album in {one[:7] for one in ids}}


def test_sets_genres_and_rates(music):
    assert _prepare(music) == []
    pieces = {name: kaldi.read_music_dir(music / "out" / name) for name in ("train", "dev", "test")}
    assert {name: len(held) for name, held in pieces.items()} == {"train": 10, "dev": 2, "test": 3}
    assert sorted(piece.genre for piece in pieces["test"]) == ["anime", "classical", "j-pop"]
    for piece in pieces["train"]:
        assert audio.info(piece.path).sampling_rate == RATE
        assert piece.duration == pytest.approx(0.5, abs=1e-3)
        assert " " not in piece.recording_id


def test_whole_albums_are_held_out_by_their_content_not_their_names(music):
    _prepare(music)
    before = [piece.path.read_bytes() for piece in kaldi.read_music_dir(music / "out" / "dev")]
    assert list(_albums_of(music, "dev").values()) == [2]
    for path in sorted((music / "train").rglob("*.wav")):
        path.rename(path.with_name(f"renamed {path.name}"))
    _prepare(music, output="again", num_jobs=2)
    after = [piece.path.read_bytes() for piece in kaldi.read_music_dir(music / "again" / "dev")]
    assert sorted(before) == sorted(after)


def test_what_cannot_be_used_is_listed(music):
    (music / "train" / "cover.jpg").write_bytes(b"picture")
    (music / "train" / "broken.mp3").write_bytes(b"no music at all")
    _tone(music / "train" / "silence.wav", 300, gain=0.0)
    first = sorted((music / "train").rglob("*.wav"))[0]
    (music / "train" / "zz copy.wav").write_bytes(first.read_bytes())
    skipped = {item.name.rsplit("/", 1)[1]: item.reason for item in _prepare(music)}
    assert set(skipped) == {"broken.mp3", "silence.wav", "zz copy.wav"}
    assert skipped["silence.wav"] == "silent throughout"
    assert str(first) in skipped["zz copy.wav"]


def test_a_dev_folder_is_used_as_it_is(music):
    _tone(music / "dev" / "a.wav", 900)
    _prepare(music, dev=str(music / "dev"))
    assert len(kaldi.read_music_dir(music / "out" / "dev")) == 1
    assert len(kaldi.read_music_dir(music / "out" / "train")) == 12


@pytest.mark.parametrize("side", ["test", "dev"])
def test_the_same_content_on_two_sides_is_refused(music, side):
    _tone(music / "dev" / "a.wav", 900)
    first = sorted((music / "train").rglob("*.wav"))[0]
    copy = music / side / "another name.wav"
    copy.write_bytes(first.read_bytes())
    with pytest.raises(DataError) as caught:
        _prepare(music, dev=str(music / "dev"))
    assert str(first) in str(caught.value)
    assert str(copy) in str(caught.value)


def test_missing_and_empty_folders_are_named(music):
    with pytest.raises(DataError, match=r"nowhere: no such folder; set music.dev"):
        _prepare(music, dev=str(music / "nowhere"))
    (music / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: the folder holds no music"):
        _prepare(music, dev=str(music / "empty"))


def test_a_folder_without_usable_music_says_why(music):
    (music / "dev").mkdir()
    (music / "dev" / "a.mp3").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"no usable music; 1 files could not be used"):
        _prepare(music, dev=str(music / "dev"))


def test_one_title_cannot_be_both_train_and_dev(music):
    for path in sorted((music / "train").rglob("*.wav"))[1:]:
        path.unlink()
    with pytest.raises(
        DataError, match=r"one title cannot serve train and dev; add titles or name music\.dev"
    ):
        _prepare(music)


def test_one_album_cannot_be_both_train_and_dev(music):
    for path in (music / "train").rglob("*.wav"):
        if path.parent.name != "album 0":
            path.unlink()
    with pytest.raises(DataError, match="train: titles of one album cannot serve train and dev"):
        _prepare(music)


def test_any_format_rate_and_number_of_channels(music):
    stereo = np.stack([sine(310, rate=48000), sine(410, rate=48000)], axis=1)
    soundfile.write(music / "train" / "stereo.flac", stereo, 48000)
    soundfile.write(music / "train" / "vorbis.ogg", sine(520, rate=22050), 22050)
    for name, codec, rate in (
        ("a.m4a", "aac", 44100),
        ("b.mp3", "libmp3lame", 44100),
        ("c.opus", "libopus", 48000),
    ):
        encode(music / "train" / name, [sine(600, rate=rate)], codec=codec, rate=rate)
    encode(music / "train" / "video.mkv", [sine(650, rate=44100)], codec="aac")
    assert _prepare(music) == []
    pieces = kaldi.read_music_dir(music / "out" / "train") + kaldi.read_music_dir(music / "out" / "dev")
    assert len(pieces) == 18
    for piece in pieces:
        assert audio.info(piece.path) == audio.AudioInfo(RATE, round(piece.duration * RATE), 1)
        assert piece.duration == pytest.approx(0.5, abs=0.05)


def test_the_same_samples_in_another_format_are_the_same_content(music):
    first = sorted((music / "train").rglob("*.wav"))[0]
    samples, rate = soundfile.read(first, dtype="int16")
    soundfile.write(music / "train" / "zz copy.flac", samples, rate)
    (skipped,) = _prepare(music)
    assert (skipped.name.rsplit("/", 1)[1], skipped.reason) == ("zz copy.flac", f"same content as {first}")


def test_a_table_names_genres_albums_and_licences(music):
    table = music / "titles.tsv"
    table.write_text(
        "path\tgenre\talbum\tlicence\n"
        "test/opening.wav\tBig Band\tfirst\tCC BY 4.0\n"
        "train/album 0/曲 0.wav\t\tsecond\t\n"
        "train/nowhere.wav\tjazz\t\t\n"
        "titles.tsv\tjazz\t\t\n",
        encoding="utf-8",
    )
    skipped = {item.name.rsplit("/", 1)[1]: item.reason for item in _prepare(music, table=table)}
    assert skipped == {
        "nowhere.wav": "listed, but there is no such file",
        "titles.tsv": "listed, but it is in no folder of the corpus",
    }
    genres = {piece.recording_id[:7]: piece.genre for piece in kaldi.read_music_dir(music / "out" / "test")}
    assert genres["opening"] == "big-band"
    (licence,) = kaldi.read_table(music / "out" / "test" / "reco2licence").values()
    assert licence == "CC BY 4.0"


def test_linked_folders_are_searched_once_and_circles_end(music):
    elsewhere = _tone(music / "elsewhere" / "more" / "x.wav", 1200).parent.parent
    (music / "train" / "link").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(music / "train")
    assert _prepare(music) == []
    names = [piece.recording_id for piece in kaldi.read_music_dir(music / "out" / "train")]
    names += [piece.recording_id for piece in kaldi.read_music_dir(music / "out" / "dev")]
    assert len(names) == 13
    assert sum(name.startswith("link_more_x") for name in names) == 1


def test_an_album_on_two_sides_is_refused(music):
    table = music / "titles.tsv"
    table.write_text("path\talbum\ntest/opening.wav\tOST\ntrain/album 0/曲 0.wav\tOST\n", encoding="utf-8")
    with pytest.raises(
        DataError, match=r"of test: the same album \(OST\) as .* of train; keep it on one side"
    ):
        _prepare(music, table=table)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("file\tgenre\n", r"titles\.tsv:1: unknown column 'file'; known here: path, genre"),
        ("path\tgenres\n", r"titles\.tsv:1: unknown column 'genres'; did you mean 'genre'"),
        ("path\tpath\n", r"titles\.tsv:1: column 'path' comes twice"),
        ("genre\njazz\n", r"titles\.tsv:1: no column 'path'"),
        ("path\tgenre\na.wav\n", r"titles\.tsv:2: 1 fields, where the header has 2"),
        ("path\tgenre\n\tjazz\n", r"titles\.tsv:2: path is empty"),
        ("path\na.wav\n./a.wav\n", r"titles\.tsv:3: .*a\.wav comes twice"),
    ],
)
def test_a_faulty_table_names_its_line(music, content, match):
    (music / "titles.tsv").write_text(content)
    with pytest.raises(DataError, match=match):
        _prepare(music, table=music / "titles.tsv")


def test_a_stopped_run_goes_on_and_reads_no_file_twice(music, monkeypatch):
    _prepare(music)
    whole = {path.name: path.read_bytes() for path in (music / "out" / "wav").iterdir()}
    journal = music / "out" / "converted.tsv"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:7]) + lines[7][:40])  # as a kill leaves it: the first line is blank
    converted = []
    convert = titles.convert
    monkeypatch.setattr(
        titles, "convert", lambda *args, **rest: converted.append(1) or convert(*args, **rest)
    )
    monkeypatch.setattr(
        titles, "_origin", lambda title, hashed=titles._origin: converted.append(0) or hashed(title)
    )
    _prepare(music)
    assert (converted.count(1), converted.count(0)) == (15 - 6, 15 - 6)
    assert {path.name: path.read_bytes() for path in (music / "out" / "wav").iterdir()} == whole
    converted.clear()
    _prepare(music)
    assert converted == []


def test_a_changed_file_is_converted_again(music):
    _prepare(music)
    _tone(music / "test" / "opening.wav", 999)
    _prepare(music)
    opening = next(one for one in kaldi.read_music_dir(music / "out" / "test") if one.genre == "anime")
    spectrum = np.abs(np.fft.rfft(audio.read(opening.path)[0]))
    assert np.argmax(spectrum) * 2 == pytest.approx(999, abs=2)  # bins of 2 Hz


def test_a_folder_of_voices_has_no_test_and_names_itself(music, tmp_path):
    output = tmp_path / "voices"
    settings = {"sampling_rate": 16000, "seed": 1, "num_jobs": 1, "dev": None}
    assert folder.prepare_voices(output, train=str(music / "train"), **settings) == []
    train, dev = (kaldi.read_music_dir(output / name) for name in ("train", "dev"))
    assert train
    assert dev
    assert not (output / "test").exists()
    with pytest.raises(DataError, match=r"no such folder; set voices.train to a folder of voices"):
        folder.prepare_voices(output, train=str(tmp_path / "nowhere"), **settings)


def test_what_voices_lack_is_called_voices_and_recordings(tmp_path):
    """Once: no usable music, name music.dev."""
    place, settings = tmp_path / "in" / "train", {"sampling_rate": 16000, "seed": 1, "num_jobs": 1}
    place.mkdir(parents=True)

    def prepare(dev=None):
        return folder.prepare_voices(tmp_path / "voices", train=str(place), dev=dev, **settings)

    with pytest.raises(DataError, match=r"train: the folder holds no voices; put audio files into it"):
        prepare()
    (place / "a.mp3").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"train: no usable voices; 1 files could not be used, the first: "):
        prepare()
    _tone(place / "hers" / "b.wav", 200)
    message = r"one recording cannot serve train and dev; add recordings or name voices\.dev"
    with pytest.raises(DataError, match=message):
        prepare()
    _tone(place / "hers" / "c.wav", 300)
    with pytest.raises(DataError, match=r"recordings of one folder cannot serve train and dev; add record"):
        prepare()
    with pytest.raises(DataError, match=r"b\.wav of dev: the same content as .*b\.wav of train; keep it on"):
        prepare(dev=str(place))
