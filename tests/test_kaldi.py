import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr import audio, kaldi
from musasr.errors import DataError
from musasr.kaldi import Piece, Utterance

KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
VALUES = st.lists(KEYS, min_size=1, max_size=4).map(" ".join)


@pytest.fixture
def data_dir(tmp_path):
    """Two speakers, three utterances, no segments: a dir that keeps every rule."""
    for name in ("a", "b", "c"):
        audio.write(tmp_path / "my audio" / f"{name}.wav", np.full(16000, 0.1), 16000)
    directory = tmp_path / "data"
    wav = tmp_path / "my audio"
    write(directory, "wav.scp", f"s1-a {wav}/a.wav\ns1-b {wav}/b.wav\ns2-c {wav}/c.wav\n")
    write(directory, "text", "s1-a 音楽 の 中\ns1-b 音声\ns2-c です\n")
    write(directory, "utt2spk", "s1-a s1\ns1-b s1\ns2-c s2\n")
    write(directory, "spk2utt", "s1 s1-a s1-b\ns2 s2-c\n")
    return directory


@pytest.fixture
def segmented_dir(data_dir):
    """The same utterances as cuts of two recordings."""
    wav = data_dir.parent / "my audio"
    write(data_dir, "wav.scp", f"r1 {wav}/a.wav\nr2 {wav}/b.wav\n")
    write(data_dir, "segments", "s1-a r1 0.0 0.4\ns1-b r1 0.5 0.9\ns2-c r2 0.25 1\n")
    return data_dir


def write(directory, name, content):
    directory.mkdir(exist_ok=True)
    (directory / name).write_bytes(content.encode())


@settings(max_examples=40, deadline=None)
@given(table=st.dictionaries(KEYS, VALUES, min_size=1))
def test_a_table_is_read_as_it_was_written_in_the_order_of_its_bytes(tmp_path_factory, table):
    path = kaldi.write_table(tmp_path_factory.mktemp("table") / "t", table)
    assert kaldi.read_table(path) == table
    lines = path.read_bytes().splitlines()
    assert [line.split(b" ")[0] for line in lines] == sorted(key.encode() for key in table)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("b 1\na 2\n", r"t:2: a stands after b: unsorted; use LC_ALL=C sort"),
        ("a 1\nB 2\n", r"t:2: B stands after a: unsorted"),
        ("a 1\na 2\n", r"t:2: a comes twice"),
        ("a 1\n\nb 2\n", r"t:2: the line is blank"),
        ("a 1\nb\n", r"t:2: b has nothing after it"),
        ("a 1\nb 2", r"t:2: the last line has no newline"),
        ("", r"t: the file is empty"),
    ],
)
def test_a_faulty_table_names_its_line(tmp_path, content, match):
    write(tmp_path, "t", content)
    with pytest.raises(DataError, match=match):
        kaldi.read_table(tmp_path / "t")


def test_a_table_in_another_encoding_names_its_line(tmp_path):
    (tmp_path / "t").write_bytes("a 音\nb 声\n".encode("cp932"))
    with pytest.raises(DataError, match=r"t:1: not UTF-8; convert"):
        kaldi.read_table(tmp_path / "t")
    with pytest.raises(DataError, match="no such file"):
        kaldi.read_table(tmp_path / "missing")


def test_an_empty_hypothesis_is_a_line_of_its_key_alone(tmp_path):
    path = kaldi.write_table(tmp_path / "t", {"a": "", "b": "x"})
    assert path.read_text() == "a\nb x\n"
    assert kaldi.read_table(path, allow_empty=True) == {"a": "", "b": "x"}


def test_japanese_full_width_spaces_stay_in_the_value(tmp_path):
    write(tmp_path, "t", "a\t音\u3000声 の\n")
    assert kaldi.read_table(tmp_path / "t") == {"a": "音\u3000声 の"}


@pytest.mark.parametrize("table", [{}, {"a b": "1"}, {"": "1"}, {"a\u3000b": "1"}, {"a": "1\n2"}])
def test_what_cannot_be_read_back_is_not_written(tmp_path, table):
    with pytest.raises(DataError, match=r"nothing to write|cannot be a key|control character"):
        kaldi.write_table(tmp_path / "t", table)
    assert not list(tmp_path.iterdir())


def test_a_dir_without_segments_is_read(data_dir):
    assert kaldi.validate(data_dir) == kaldi.DataDirCounts(3, 2, 3)
    first, *_ = utterances = kaldi.read_utterances(data_dir)
    assert [item.utterance_id for item in utterances] == ["s1-a", "s1-b", "s2-c"]
    assert (first.speaker_id, first.text, first.start, first.duration) == ("s1", "音楽 の 中", 0.0, None)
    assert first.path == data_dir.parent / "my audio" / "a.wav"


def test_a_dir_with_segments_is_read(segmented_dir):
    assert kaldi.validate(segmented_dir) == kaldi.DataDirCounts(3, 2, 2)
    last = kaldi.read_utterances(segmented_dir)[-1]
    assert (last.path.name, last.start, last.duration) == ("b.wav", 0.25, 0.75)


def test_a_dir_without_text_is_read_only_where_none_is_needed(data_dir):
    (data_dir / "text").unlink()
    with pytest.raises(DataError, match="data: the data dir has no text; add text"):
        kaldi.validate(data_dir)
    assert [item.text for item in kaldi.read_utterances(data_dir, need_text=False)] == ["", "", ""]


@pytest.mark.parametrize("name", ["wav.scp", "utt2spk"])
def test_a_missing_file_is_named(data_dir, name):
    (data_dir / name).unlink()
    with pytest.raises(DataError, match=f"the data dir has no {name}"):
        kaldi.validate(data_dir)


def test_an_empty_or_missing_dir_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: the data dir has no wav\.scp"):
        kaldi.validate(tmp_path / "empty")
    with pytest.raises(DataError, match="gone: no such data dir"):
        kaldi.validate(tmp_path / "gone")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("text", "s1-a x\ns2-c z\n", r"utt2spk:2: utterance s1-b is not in text; add it to text or remove"),
        ("text", "s1-a x\ns1-b y\ns2-c z\ns3-d w\n", r"text:4: utterance s3-d is not in utt2spk"),
        ("text", "s1-a x\ns1-b \ns2-c z\n", r"text:2: s1-b has nothing after it"),
        ("text", "s1-a x\ns1-b \u3000\ns2-c z\n", r"text:2: s1-b has no words"),
        ("text", "s1-a x <s> y\ns1-b y\ns2-c z\n", r"text:1: s1-a holds the reserved word <s>"),
        ("text", "s1-a x\ns1-b </s>\ns2-c z\n", r"text:2: s1-b holds the reserved word </s>"),
        ("text", "s1-a x\ns1-b y\ns2-c #0\n", r"text:3: s2-c holds the reserved word #0"),
        ("text", "s1-a x\ns1-b y\u3000y\u200b\ns2-c z\n", r"text:2: s1-b holds the unprintable '\\u200b'"),
        ("text", "s1-a x\r\ns1-b y\r\ns2-c z\r\n", r"text:1: the line ends in CR LF; convert"),
        ("text", "s1-b y\ns1-a x\ns2-c z\n", r"text:2: s1-a stands after s1-b: unsorted"),
        ("utt2spk", "s1-a s1 s2\ns1-b s1\ns2-c s2\n", r"utt2spk:1: s1-a has 2 speakers"),
        ("utt2spk", "s1-a z\ns1-b b\ns2-c s2\n", r"spk2utt:1: speaker s1 is not in utt2spk; remove spk2utt"),
        ("spk2utt", "s1 s1-a\ns2 s1-b s2-c\n", r"spk2utt:1: the utterances of s1 are not those of utt2spk"),
        ("spk2utt", "s1 s1-a s1-b\n", r"speaker s2 is not in spk2utt"),
        ("spk2utt", "s1 s1-a s1-a\ns2 s2-c\n", r"spk2utt:1: the utterances of s1 are not those of utt2spk"),
        ("spk2utt", "s1 s1-a s1-b\ns2 s2-c\ns1 s1-a s1-b\n", r"spk2utt:3: speaker s1 comes twice"),
        ("spk2utt", "s1 s1-a s1-b\ns2 s2-c\ns3 s1-a\n", r"spk2utt:3: speaker s3 is not in utt2spk"),
        ("spk2utt", "s2 s2-c\ns1\n", r"spk2utt:2: s1 has nothing after it"),
        ("utt2num_samples", "s1-a 5\ns1-b 0\ns2-c 5\n", r"utt2num_samples:2: s1-b has '0' samples"),
        ("wav.scp", "s1-a ~/a.wav\ns1-b b\ns2-c c\n", r"wav\.scp:1: s1-a has a path that begins with ~"),
        (
            "wav.scp",
            "s1-a /none.wav\ns1-b b\ns2-c c\n",
            r"wav\.scp:1: s1-a names a file that does not exist: /none",
        ),
        (
            "wav.scp",
            "s1-a sox a.mp3 -t wav - |\n",
            r"wav\.scp:1: s1-a is a command, which is not run: sox a\.mp3",
        ),
    ],
)
def test_a_broken_rule_names_its_line_and_the_mend(data_dir, name, content, match):
    write(data_dir, name, content)
    with pytest.raises(DataError, match=match) as caught:
        kaldi.validate(data_dir)
    assert "\n" not in str(caught.value)
    assert "; " in str(caught.value)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("s1-b r1 0.5 0.5", r"segments:2: s1-b ends at 0\.5 s, starts at 0\.5 s; fix the times"),
        ("s1-b r1 0.9 0.5", r"segments:2: s1-b ends at 0\.5 s, starts at 0\.9 s"),
        ("s1-b r1 -1 0.5", r"segments:2: s1-b ends at 0\.5 s, starts at -1 s"),
        ("s1-b r1 0.5 1.5", r"segments:2: s1-b ends at 1\.5 s, but r1 lasts 1 s; fix the end"),
        ("s1-b r9 0.5 0.9", r"segments:2: recording r9 is not in wav\.scp"),
        ("s1-b r1 0.5", r"segments:2: s1-b has 'r1 0\.5' for recording, start and end"),
        ("s1-b r1 0.5 nan", r"segments:2: s1-b has 'r1 0\.5 nan' for recording"),
        ("s1-d r1 0.5 0.9", r"utt2spk:2: utterance s1-b is not in segments"),
    ],
)
def test_a_bad_segment_names_its_line(segmented_dir, line, match):
    write(segmented_dir, "reco2dur", "r1 1.0\nr2 1.0\n")
    write(segmented_dir, "segments", f"s1-a r1 0.0 0.4\n{line}\ns2-c r2 0.25 1\n")
    with pytest.raises(DataError, match=match):
        kaldi.validate(segmented_dir)


def test_a_recording_without_segments_is_named(segmented_dir):
    write(segmented_dir, "segments", "s1-a r1 0 0.4\ns1-b r1 0.5 0.9\ns2-c r1 0.9 1\n")
    with pytest.raises(DataError, match=r"wav\.scp:2: recording r2 is not in segments"):
        kaldi.validate(segmented_dir)


def test_commands_pass_only_where_they_are_allowed(data_dir):
    write(data_dir, "wav.scp", "s1-a cat a |\ns1-b cat b |\ns2-c cat c |\n")
    assert kaldi.validate(data_dir, allow_commands=True).num_utterances == 3
    with pytest.raises(DataError, match="run the command once"):
        kaldi.read_utterances(data_dir)


def test_a_written_speech_dir_is_read_back_whatever_the_order(tmp_path, data_dir):
    wav = data_dir.parent / "my audio" / "a.wav"
    utterances = [Utterance(f"s{i}-{j}", f"s{i}", f"音 {i} {j}", wav, 16000) for i in (1, 2) for j in (1, 2)]
    directory = kaldi.write_speech_dir(tmp_path / "out", reversed(utterances))
    assert kaldi.read_utterances(directory) == utterances
    assert (directory / "spk2utt").read_text() == "s1 s1-1 s1-2\ns2 s2-1 s2-2\n"


def test_a_speech_dir_forgets_what_was_there_before(segmented_dir):
    wav = segmented_dir.parent / "my audio" / "a.wav"
    kaldi.write_speech_dir(segmented_dir, [Utterance("s1-a", "s1", "x", wav)])
    assert kaldi.validate(segmented_dir) == kaldi.DataDirCounts(1, 1, 1)


def test_a_speech_dir_refuses_what_it_could_not_hold(tmp_path, data_dir):
    good = kaldi.read_utterances(data_dir)[0]
    cut = Utterance("s1-a", "s1", "x", good.path, start=0.5, duration=0.2)
    for utterances, match in (
        ([good, good], "comes twice"),
        ([cut], "is a cut of a file; write it out first"),
        ([Utterance("s1-a", "s1", "", good.path)], "text:1: s1-a has nothing after it"),
        ([], "nothing to write"),
    ):
        with pytest.raises(DataError, match=match):
            kaldi.write_speech_dir(tmp_path / "out", utterances)


def test_music_is_read_back(tmp_path, data_dir):
    wav = data_dir.parent / "my audio" / "a.wav"
    pieces = [Piece("p1", wav, 1 / 3, "anime"), Piece("p2", wav, 61.5, "jazz")]
    assert kaldi.read_music_dir(kaldi.write_music_dir(tmp_path / "m", reversed(pieces))) == pieces
    with pytest.raises(DataError, match="comes twice"):
        kaldi.write_music_dir(tmp_path / "m", [pieces[0], pieces[0]])


def test_what_is_sung_is_read_back_and_forgotten_with_its_songs(tmp_path, data_dir):
    wav = data_dir.parent / "my audio" / "a.wav"
    pieces = [Piece("p1", wav, 1.0, "anime"), Piece("p2", wav, 2.0, "popular", wav)]
    directory = kaldi.write_music_dir(tmp_path / "m", pieces)
    assert kaldi.read_music_dir(directory) == pieces
    write(directory, "singing.scp", f"p3 {wav}\n")
    with pytest.raises(DataError, match=r"singing\.scp:1: p3 is no recording of wav\.scp; remove the line"):
        kaldi.read_music_dir(directory)
    kaldi.write_music_dir(directory, pieces[:1])
    assert not (directory / "singing.scp").exists()


def test_a_faulty_music_dir_names_its_line(tmp_path, data_dir):
    wav = data_dir.parent / "my audio" / "a.wav"
    directory = kaldi.write_music_dir(
        tmp_path / "m", [Piece("p1", wav, 1.0, "anime"), Piece("p2", wav, 2.0, "jazz")]
    )
    for name, content, match in (
        ("reco2dur", "p1 1.0\np2 -2\n", r"reco2dur:2: p2 lasts '-2' seconds"),
        ("reco2dur", "p1 1.0\n", r"wav\.scp:2: recording p2 is not in reco2dur"),
        ("reco2genre", "p1 anime\np2 jazz\np3 jazz\n", r"reco2genre:3: recording p3 is not in wav\.scp"),
    ):
        kept = (directory / name).read_text()
        write(directory, name, content)
        with pytest.raises(DataError, match=match):
            kaldi.read_music_dir(directory)
        write(directory, name, kept)


def write_keys(path, keys):
    with kaldi.table_writer(path) as write_entry:
        for key in keys:
            write_entry(key, "1 2")


def test_a_table_is_written_line_by_line_in_order_and_whole_or_not_at_all(tmp_path):
    for keys, match in (
        (["b", "a"], "a stands after b: unsorted"),
        (["a", "a"], "a comes twice"),
        ([], "nothing"),
    ):
        with pytest.raises(DataError, match=match):
            write_keys(tmp_path / "t", keys)
        assert not list(tmp_path.iterdir())
    write_keys(tmp_path / "t", ["a", "b"])
    assert list(kaldi.iter_table(tmp_path / "t")) == [("a", "1 2"), ("b", "1 2")]


def test_sorted_utterances_are_written_as_they_come(tmp_path, data_dir):
    utterances = kaldi.read_utterances(data_dir)
    directory = kaldi.write_speech_dir(tmp_path / "out", iter(utterances), is_sorted=True)
    assert list(kaldi.iter_utterances(directory)) == utterances
    with pytest.raises(DataError, match="s1-a stands after s1-b: unsorted"):
        kaldi.write_speech_dir(tmp_path / "out", iter(utterances[1::-1]), is_sorted=True)
    assert list(kaldi.iter_utterances(directory)) == utterances


SPEAKERS = st.lists(st.sampled_from(["s1", "s2", "z", "a"]), min_size=1, max_size=12)


@given(speakers=SPEAKERS, order=st.randoms(use_true_random=False))
def test_speakers_may_be_in_any_order_and_spk2utt_too(tmp_path_factory, speakers, order):
    """Kaldi's scripts want utterance ids that begin with the speaker's; nothing here does."""
    directory = tmp_path_factory.mktemp("d")
    audio.write(directory / "a.wav", np.full(16, 0.1), 16000)
    table = {f"u{number:02d}": speaker for number, speaker in enumerate(speakers)}
    kaldi.write_table(directory / "wav.scp", dict.fromkeys(table, directory / "a.wav"))
    kaldi.write_table(directory / "text", dict.fromkeys(table, "x"))
    kaldi.write_table(directory / "utt2spk", table)
    expected = kaldi.DataDirCounts(len(table), len(set(speakers)), len(table))
    assert kaldi.validate(directory) == expected  # without spk2utt, which stays away
    assert not (directory / "spk2utt").exists()
    lines = {
        name: [key for key in table if table[key] == name] for name in order.sample(speakers, len(speakers))
    }
    for keys in lines.values():
        order.shuffle(keys)
    write(directory, "spk2utt", "".join(f"{name} {' '.join(keys)}\n" for name, keys in lines.items()))
    assert kaldi.validate(directory) == expected
    assert [item.speaker_id for item in kaldi.read_utterances(directory)] == speakers
    again = kaldi.write_speech_dir(directory / "again", kaldi.read_utterances(directory))
    assert kaldi.read_utterances(again) == kaldi.read_utterances(directory)
    assert list(kaldi.read_table(again / "spk2utt")) == sorted(set(speakers))


@given(speakers=SPEAKERS.filter(lambda names: len(set(names)) > 1), data=st.data())
def test_a_spk2utt_with_one_utterance_at_the_wrong_speaker_is_refused(tmp_path_factory, speakers, data):
    directory = tmp_path_factory.mktemp("d")
    audio.write(directory / "a.wav", np.full(16, 0.1), 16000)
    table = {f"u{number:02d}": speaker for number, speaker in enumerate(speakers)}
    kaldi.write_table(directory / "wav.scp", dict.fromkeys(table, directory / "a.wav"))
    kaldi.write_table(directory / "utt2spk", table)
    moved = data.draw(st.sampled_from(sorted(table)))
    wrong = table | {moved: data.draw(st.sampled_from(sorted(set(speakers) - {table[moved]})))}
    lines = {name: " ".join(key for key in wrong if wrong[key] == name) for name in wrong.values()}
    kaldi.write_table(directory / "spk2utt", lines)
    with pytest.raises(DataError, match=r"are not those of utt2spk|is not in spk2utt"):
        kaldi.validate(directory, need_text=False)


def test_a_dir_is_read_up_to_the_line_that_is_wrong(data_dir):
    write(data_dir, "text", "s1-a x\ns1-b <s>\ns2-c z\n")
    utterances = kaldi.iter_utterances(data_dir)
    assert next(utterances).utterance_id == "s1-a"
    with pytest.raises(DataError, match="reserved word"):
        next(utterances)


def test_validation_takes_no_memory_for_the_utterances(tmp_path, data_dir, run_python):
    wav = data_dir.parent / "my audio" / "a.wav"
    peaks = []
    for size in (1000, 20000):
        keys = [f"s-{number:06d}" for number in range(size)]
        utterances = (Utterance(key, "s", "音声 認識 " * 20, wav, 16000) for key in keys)
        directory = kaldi.write_speech_dir(tmp_path / str(size), utterances, is_sorted=True)
        code = f"import re; from musasr import kaldi; kaldi.validate({str(directory)!r})\n"
        peaks.append(
            int(
                run_python(
                    code + r"print(re.findall(r'VmHWM:\s*(\d+)', open('/proc/self/status').read())[0])"
                )
            )
        )
    assert peaks[1] < peaks[0] + 8000  # KiB; the texts alone are 9,500
