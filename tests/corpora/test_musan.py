"""MUSAN's annotations: genres, vocals, artists, licences, and what is listed but missing."""

import parts
import pytest
from music_files import RATE, tone

from musasr import kaldi
from musasr.corpora import musan
from musasr.errors import ConfigError, DataError

GENRES = {"classical": ["baroque", "romantic"], "jazz": ["jazz"]}
FMA = """music-fma-0000 blues Y Cullah
music-fma-0001 pop,electronica N Quiet Robots
music-fma-0002 pop Y Cullah
music-fma-0003 rock N Third
music-fma-0004 jazz N Fourth
music-fma-0005 jazz,pop N Fifth
music-fma-0006 rock Y
"""
CLASSICAL = "music-hd-classical-0000 baroque N Bach\n\nmusic-hd-classical-0001 romantic N Brahms\n"


@pytest.fixture
def corpus(tmp_path):
    """Nine titles of two sources, one of which states a licence for each title."""
    for source, text in (("fma", FMA), ("hd-classical", CLASSICAL)):
        names = [line.split()[0] for line in text.splitlines() if line]
        for number, name in enumerate(names):
            tone(tmp_path / "musan" / "music" / source / f"{name}.wav", 200 + 37 * number + 10 * len(source))
        (tmp_path / "musan" / "music" / source / "ANNOTATIONS").write_text(text)
    music = tmp_path / "musan" / "music"
    (music / "fma" / "LICENSE").write_text("Each by its artist:\nmusic-fma-0000   CC BY  3.0\n")
    (music / "hd-classical" / "LICENSE").write_text("Public domain")
    tone(tmp_path / "musan" / "noise" / "free-sound" / "noise-free-sound-0000.wav", 100)
    return tmp_path


def _prepare(root, /, **changes):
    settings = {
        "root": str(root / "musan"),
        "vocals": None,
        "genres": GENRES,
        "dev_fraction": 0.2,
        "test_fraction": 0.2,
    }
    return musan.prepare(root / "out", sampling_rate=RATE, seed=1, num_jobs=1, **(settings | changes))


def _titles(root):
    return {
        name: {
            piece.recording_id.rsplit("-", 1)[0]: piece.genre
            for piece in kaldi.read_music_dir(root / "out" / name)
        }
        for name in ("train", "dev", "test")
    }


def test_parts_change_no_byte(corpus):
    def prepare(output, part):
        return _prepare(corpus, part=part)

    assert parts.are_of_no_consequence(prepare, corpus / "out")


def test_every_title_is_in_one_set_and_every_genre_is_tested(corpus):
    assert _prepare(corpus) == []
    titles = _titles(corpus)
    names = [name for held in titles.values() for name in held]
    assert len(names) == len(set(names)) == 9
    assert set(titles["test"].values()) == {"anime", "classical", "jazz"}
    assert titles["dev"]
    sides = {name: side for side, held in titles.items() for name in held}
    assert sides["music-fma-0000"] == sides["music-fma-0002"]  # one artist


def test_the_licences_are_kept(corpus):
    _prepare(corpus)
    licences = {}
    for name in ("train", "dev", "test"):
        licences |= kaldi.read_table(corpus / "out" / name / "reco2licence")
    licences = {name.rsplit("-", 1)[0]: licence for name, licence in licences.items()}
    assert licences["music-fma-0000"] == "CC BY 3.0"
    assert licences["music-fma-0001"] == "see licences/fma.txt"
    assert licences["music-hd-classical-0000"] == "see licences/hd-classical.txt"
    assert (corpus / "out" / "licences" / "hd-classical.txt").read_text() == "Public domain"


@pytest.mark.parametrize(("vocals", "expected"), [(True, {"0000", "0002", "0006"}), (False, None)])
def test_titles_with_or_without_vocals_can_be_chosen(corpus, vocals, expected):
    for number in range(3):
        tone(corpus / "musan" / "music" / "rfm" / f"music-rfm-{number}.wav", 2000 + 100 * number)
    (corpus / "musan" / "music" / "rfm" / "ANNOTATIONS").write_text(
        "".join(
            f"music-rfm-{number} jazz,romantic {'Y' if vocals else 'N'} R{number}\n" for number in range(3)
        )
    )
    (skipped,) = _prepare(corpus, vocals=vocals)
    names = {name for held in _titles(corpus).values() for name in held}
    if vocals:
        assert (skipped.name, skipped.reason) == ("music.vocals true", "6 titles without vocals")
        assert {name.removeprefix("music-fma-") for name in names if "fma" in name} == expected
    else:
        assert (skipped.name, skipped.reason) == ("music.vocals false", "3 titles with vocals")
        assert not names & {"music-fma-0000", "music-fma-0002", "music-fma-0006"}


def test_what_is_missing_or_not_listed_is_counted(corpus):
    music = corpus / "musan" / "music"
    (music / "fma" / "music-fma-0003.wav").unlink()
    tone(music / "fma" / "music-fma-0099.wav", 3000)
    skipped = {item.name.rsplit("/", 1)[1]: item.reason for item in _prepare(corpus)}
    assert skipped == {
        "music-fma-0003.wav": "listed, but there is no such file",
        "music-fma-0099.wav": "not in ANNOTATIONS",
    }


def test_a_genre_without_titles_names_those_that_there_are(corpus):
    with pytest.raises(
        ConfigError, match=r"music\.genres\.swing: no title has such a genre; name some of baroque, blues"
    ):
        _prepare(corpus, genres={"swing": ["swing"]})


def test_a_folder_that_is_not_musan_says_so(corpus):
    with pytest.raises(
        DataError, match=r"no ANNOTATIONS below it; set music\.root to the folder that holds MUSAN's"
    ):
        _prepare(corpus, root=str(corpus / "musan" / "music"))


def test_a_broken_annotation_names_its_line(corpus):
    (corpus / "musan" / "music" / "fma" / "ANNOTATIONS").write_text(
        "music-fma-0000 blues Y A\nmusic-fma-0001 pop\n"
    )
    with pytest.raises(
        DataError, match=r"fma/ANNOTATIONS:2: 'music-fma-0001 pop' is not '<name> <genres> <Y or N>"
    ):
        _prepare(corpus)
