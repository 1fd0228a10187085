"""RWC from loose files: the genre is the database's, whatever else a file is called."""

from pathlib import Path

import parts
import pytest
from music_files import RATE, tone

from musasr import kaldi
from musasr.corpora import contract, rwc
from musasr.errors import ConfigError, DataError


@pytest.fixture
def discs(tmp_path):
    """Two titles of each database, named as users do, and an anime collection."""
    names = (
        "RM-P001 Eternal.wav",
        "RWC-MDB-P-2001 No. 2.wav",
        "rwc-c-m01/1.wav",
        "rwc-c-m02/RM-C012.wav",
        "RWC_MDB_J_2001_M01/track 03.wav",
        "J002 blues.wav",
        "RWC-MDB-R-2001/7.wav",
        "rm_r009.wav",
        "RWC-MDB-G-2001-M01/a/b/4.wav",
        "RWC-MDB-G-2001-M02/5.wav",
    )
    for number, name in enumerate(names):
        tone(tmp_path / "rwc" / name, 200 + 10 * number)
    for number in range(3):
        tone(tmp_path / "anime" / "train" / f"{number}.wav", 500 + 10 * number)
    tone(tmp_path / "anime" / "test" / "opening.wav", 700)
    return tmp_path


def _prepare(root, /, *, is_alone=False, **changes):
    sides = {"train": None, "dev": None, "test": None}
    if not is_alone:
        sides |= {"train": str(root / "anime" / "train"), "test": str(root / "anime" / "test")}
    common = {"sampling_rate": RATE, "seed": 1, "num_jobs": 1, "root": str(root / "rwc")}
    return rwc.prepare(root / "out", **(common | sides | changes))


def _genres(root, name="test"):
    genres = [piece.genre for piece in kaldi.read_music_dir(root / "out" / name)]
    return {genre: genres.count(genre) for genre in sorted(set(genres))}


def test_rwc_is_the_unseen_test_music_beside_anime(discs):
    assert _prepare(discs) == []
    expected = {"anime": 1, "classical": 2, "jazz": 2, "music-genre": 2, "popular": 2, "royalty-free": 2}
    assert _genres(discs) == expected
    assert _genres(discs, "train") == {"anime": 2}
    licences = kaldi.read_table(discs / "out" / "test" / "reco2licence")
    assert set(licences.values()) == {rwc.LICENCE}
    assert len(licences) == 10


@pytest.mark.parametrize("is_alone", [False, True])
def test_parts_change_no_byte(discs, is_alone):
    def prepare(output, part):
        return _prepare(discs, is_alone=is_alone, part=part)

    assert parts.are_of_no_consequence(prepare, discs / "out")


def test_rwc_alone_is_split_by_genre(discs):
    assert _prepare(discs, is_alone=True) == []
    assert _genres(discs) == {"anime": 1, "classical": 1, "jazz": 1, "popular": 1}
    ids = {
        name: {one.recording_id for one in kaldi.read_music_dir(discs / "out" / name)}
        for name in contract.SETS
    }
    assert sum(map(len, ids.values())) == 10
    assert len(set.union(*ids.values())) == 10


@pytest.mark.parametrize(
    ("name", "database"),
    [
        ("RM-J050.mp3", "J"),
        ("rwc-p-m07/16.flac", "P"),
        ("RWC MDB G 2001 No. 3.wav", "G"),
        ("Goto/RWC-MDB-C-2001/Disc 1/Symphony.wav", "C"),
        ("rwc-c-m01/RM-J001.wav", "J"),  # the nearest name counts
        ("P012.wav", "P"),
        ("RWC-MDB-I-2001/piano.wav", "I"),
        ("Popular hits.wav", None),
        ("RM Players.wav", None),
        ("form-p001.wav", None),
    ],
)
def test_the_id_is_found_in_any_name(name, database):
    assert rwc._database(Path(name)) == database


@pytest.mark.parametrize(
    ("name", "album"),
    [
        ("RM-C013A.wav", "RWC-C013"),
        ("RWC-MDB-C-2001 No. 13 B.wav", "RWC-C013"),
        ("C013 adagio.wav", "RWC-C013"),
        ("rwc-c-m03/5.wav", "rwc-c-m03"),
        ("rwc-c-m03/piano 12.wav", "rwc-c-m03"),
    ],
)
def test_movements_are_of_one_album(name, album, tmp_path):
    title = rwc._title(tmp_path / name, tmp_path, "C", is_alone=True)
    assert Path(title.album).name == album


def test_files_without_an_id_and_instruments_are_counted(discs):
    tone(discs / "rwc" / "unknown.wav", 900)
    (discs / "rwc" / "RM-P001.MID").write_bytes(b"scores are side files")
    for number in range(3):
        tone(discs / "rwc" / "RWC-MDB-I-2001" / f"{number}.wav", 950 + number)
    reasons = [item.reason for item in _prepare(discs)]
    assert reasons == [
        "no id of RWC (such as RM-P001 or RWC-MDB-P-2001) in its name or folders",
        "3 files of RWC-MDB-I: single sounds of instruments, not music",
    ]


def test_half_a_pair_of_folders_is_refused(discs):
    for changes in ({"test": None}, {"train": None}, {"train": None, "test": None, "dev": "x"}):
        with pytest.raises(
            ConfigError, match="music: train and test are not both named; name both, or neither"
        ):
            _prepare(discs, **changes)


def test_a_folder_without_rwc_says_so(discs):
    with pytest.raises(DataError, match=r"nowhere: no such folder; set music\.root"):
        _prepare(discs, root=str(discs / "nowhere"))
    with pytest.raises(
        DataError, match="train: holds no file with an id of RWC; give files or folders names"
    ):
        _prepare(discs, root=str(discs / "anime" / "train"))
