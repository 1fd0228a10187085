"""Which files are found, who speaks, and which talks train, validate and test."""

import csj_trees
import pytest
from csj_trees import plain_talk, write_tree

from musasr.corpora.csj import layout, official, selection, speakers
from musasr.errors import ConfigError, DataError

TEST = official.TEST_SETS
OTHERS = ["A01M0900", "A02F0901", "A03M0902", "S01M0903", "D01F0904", "R01M0905", "M01F0906"]


def tree(root, talk_ids=OTHERS, *, known=None, **options):
    """A copy with these talks; `known` gives some of them a speaker."""
    known = known or {}
    talks = [plain_talk(talk_id, speaker=known.get(talk_id), num_units=1) for talk_id in talk_ids]
    return layout.find(write_tree(root, talks, **options))


def select(corpus, known=None, *, kinds="ASDRM", test=TEST["eval1"], dev=(), dev_fraction=0.1):
    return selection.select(
        corpus, known or {}, kinds=frozenset(kinds), test=test, dev=dev, dev_fraction=dev_fraction
    )


@pytest.mark.parametrize("name", csj_trees.LAYOUTS)
def test_every_layout_is_found_by_looking(tmp_path, name):
    corpus = tree(tmp_path, layout=name, xml="utf-8")
    assert list(corpus.talks) == sorted(OTHERS)
    for talk in corpus.talks.values():
        assert len(talk.sdb) == len(talk.xml) == 1
        sides = ("-L", "-R") if talk.is_dialogue else ("",)
        assert list(talk.audio) == [talk.talk_id + side for side in sides]


@pytest.mark.parametrize("inner", ["", "CSJ2004"])
def test_the_root_may_be_the_disc_or_the_folder_around_it(tmp_path, inner):
    tree(tmp_path, layout="merl")
    assert len(layout.find(tmp_path / inner).talks) == len(OTHERS)


def test_names_in_capitals_and_linked_discs(tmp_path):
    tree(tmp_path / "discs", ["A01M0900"], layout="dvd")
    (tmp_path / "CSJ").mkdir()
    (tmp_path / "CSJ/dvd3").symlink_to(tmp_path / "discs/dvd3")
    (tmp_path / "CSJ/dvd3/again").symlink_to(tmp_path / "CSJ")  # a circle
    folder = tmp_path / "discs/dvd3/A01M0900"
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.upper())
    (talk,) = layout.find(tmp_path / "CSJ").talks.values()
    assert (talk.talk_id, len(talk.sdb), list(talk.audio)) == ("A01M0900", 1, ["A01M0900"])


def test_audio_without_volumes_is_found(tmp_path):
    # Kaldi's recipe looked for WAV/ID-L.wav only, and so lost the dialogues of the USB stick.
    tree(tmp_path, ["D01F0904"])
    for path in list((tmp_path / "WAV/core").iterdir()):
        path.rename(tmp_path / "WAV" / path.name)
    assert list(layout.find(tmp_path).talks["D01F0904"].audio) == ["D01F0904-L", "D01F0904-R"]


def test_a_folder_that_is_no_corpus(tmp_path):
    with pytest.raises(
        DataError, match=r"none: no such folder; set speech\.path to the folder that holds MORPH"
    ):
        layout.find(tmp_path / "none")
    with pytest.raises(DataError, match=r"no transcripts of CSJ \(\*\.sdb\) below this folder"):
        layout.find(tmp_path)


def test_two_copies_must_be_the_same(tmp_path):
    tree(tmp_path, ["A01M0900"], layout="usb")
    corpus = tree(tmp_path, ["A01M0900"], layout="merl")
    paths = corpus.talks["A01M0900"].sdb
    assert len(paths) == 2
    assert layout.only_copy(paths) == paths[0]
    paths[1].write_bytes(b"other")
    with pytest.raises(DataError, match=r"differs from .*; keep one of the two"):
        layout.only_copy(paths)


@pytest.mark.parametrize("num_jobs", [1, 2])
def test_speakers_come_from_the_xml_and_from_the_table(tmp_path, num_jobs):
    known = {"A01M0900": 5, "S01M0903": 5, "D01F0904": 12}
    from_xml = tree(tmp_path / "xml", known=known, xml="cp932")
    from_table = tree(tmp_path / "table", known=known, tables=True)
    for corpus in (from_xml, from_table):
        found, broken = speakers.find(corpus, num_jobs=num_jobs)
        assert found == {talk_id: str(number) for talk_id, number in known.items()}
        assert broken == []


def test_the_table_of_speakers_names_their_talks(tmp_path):
    corpus = tree(tmp_path)
    (tmp_path / "DATA").mkdir()
    text = "講演者ID,性別,講演ID\r\n0005,男,A01M0900:S01M0903\r\n0012,女,D01F0904\r\n"
    (tmp_path / "DATA/speaker_data.csv").write_bytes(text.encode("cp932"))
    found, _ = speakers.find(layout.find(tmp_path), num_jobs=1)
    assert found == {"A01M0900": "5", "S01M0903": "5", "D01F0904": "12"}
    assert corpus.tables == []


def test_an_unreadable_xml_is_told_and_the_table_serves(tmp_path):
    tree(tmp_path, ["A01M0900"], known={"A01M0900": 5}, xml="utf-8", tables=True)
    (tmp_path / "XML/BaseXML/core/A01M0900.xml").write_text("<Tal")
    found, (skipped,) = speakers.find(layout.find(tmp_path), num_jobs=1)
    assert found == {"A01M0900": "5"}
    assert skipped.name.endswith("A01M0900.xml")
    assert "broken XML" in skipped.reason


def test_the_official_lists():
    assert {name: len(set(talks)) for name, talks in TEST.items()} == {"eval1": 10, "eval2": 10, "eval3": 10}
    assert len(official.TEST_TALKS) == 30
    assert not official.TEST_TALKS & official.EXCLUDED
    assert {talk_id[0] for name in ("eval1", "eval2") for talk_id in TEST[name]} == {"A"}
    assert {talk_id[0] for talk_id in TEST["eval3"]} == {"S"}
    assert official.EXPECTED["eval1"] == official.Size(1272, 43897)


def test_kinds_are_chosen_by_name(tmp_path):
    corpus = tree(tmp_path)
    for talks, letters in (("aps", "A"), ("aps+sps", "AS"), ("dialogue+reading", "DR"), ("all", "ADMRS")):
        chosen = select(corpus, kinds=selection.parse_kinds(talks))
        assert {talk_id[0] for talk_id in chosen.train + chosen.dev} == set(letters)
    with pytest.raises(ConfigError, match=r"speech\.talks: 'apss' is no such name; did you mean 'aps'\?"):
        selection.parse_kinds("apss")


def test_no_official_talk_trains_whichever_is_the_test(tmp_path):
    everything = [*OTHERS, *official.TEST_TALKS, *official.EXCLUDED]
    corpus = tree(tmp_path, everything)
    for test in TEST.values():
        chosen = select(corpus, test=test)
        assert sorted(chosen.train + chosen.dev) == sorted(OTHERS)
        assert chosen.test == sorted(test)
    assert set(chosen.left_out) == (official.TEST_TALKS | official.EXCLUDED) - set(TEST["eval3"])


def test_the_other_talks_of_a_speaker_of_eval2_do_not_train(tmp_path):
    # Two of the six, S05M0613 and R00M0187, come back into training in Kaldi's recipe for all talks.
    chosen = select(tree(tmp_path, [*OTHERS, "S05M0613", "R00M0187"]))
    assert not {"S05M0613", "R00M0187"} & set(chosen.train + chosen.dev)


def test_no_speaker_of_a_test_talk_trains(tmp_path):
    known = {"A01M0097": "1", "A01M0900": "1", "A02F0901": "2", "S00M0112": "3", "S01M0903": "3"}
    chosen = select(tree(tmp_path, [*OTHERS, "A01M0097", "S00M0112"]), known)
    assert not {"A01M0900", "S01M0903"} & set(chosen.train + chosen.dev)
    assert chosen.left_out["A01M0900"] == "its speaker, 1, is in a test or dev talk"


def test_a_test_of_ones_own_talks(tmp_path):
    corpus = tree(tmp_path)
    test = selection.parse_talks("A01M0900+S01M0903", "speech.test", corpus)
    chosen = select(corpus, {"A01M0900": "1", "A02F0901": "1"}, test=test)
    assert chosen.test == ["A01M0900", "S01M0903"]
    assert "A02F0901" not in chosen.train + chosen.dev


def test_sets_are_named_by_string_and_by_list(tmp_path):
    corpus = tree(tmp_path)
    for names in ("eval1+A01M0900", ["eval1", "A01M0900", "eval1"]):
        assert selection.parse_talks(names, "speech.test", corpus) == [*TEST["eval1"], "A01M0900"]
    with pytest.raises(ConfigError, match=r"speech\.dev: 'eval4' is no such name; did you mean 'eval"):
        selection.parse_talks("eval4", "speech.dev", corpus)


def test_dev_has_its_own_speakers_and_is_always_the_same(tmp_path):
    talk_ids = [f"A{number:02d}M{number:04d}" for number in range(40)]
    known = {talk_id: str(number // 3) for number, talk_id in enumerate(talk_ids)}
    first = select(tree(tmp_path / "usb", talk_ids), known)
    second = select(tree(tmp_path / "dvd", reversed(talk_ids), layout="dvd"), known)
    assert first == second
    assert 4 <= len(first.dev) <= 6
    assert not {known[t] for t in first.dev} & {known[t] for t in first.train}
    assert sorted(first.dev + first.train) == talk_ids


def test_a_dev_set_of_ones_own_keeps_its_speakers_out_of_training(tmp_path):
    chosen = select(tree(tmp_path), {"A01M0900": "1", "A02F0901": "1"}, dev=["A01M0900"])
    assert chosen.dev == ["A01M0900"]
    assert "A02F0901" not in chosen.train


def test_what_cannot_be_chosen(tmp_path):
    corpus = tree(tmp_path)
    with pytest.raises(ConfigError, match=r"speech\.dev: A01M0900 is in test too"):
        select(corpus, test=["A01M0900"], dev=["A01M0900"])
    with pytest.raises(ConfigError, match=r"speech\.dev_fraction: 1\.5 is no fraction"):
        select(corpus, dev_fraction=1.5)
    with pytest.raises(DataError, match="one speaker cannot serve train and dev"):
        select(corpus, kinds="M")
    with pytest.raises(DataError, match=r"no talk is left for training; choose other speech\.talks"):
        select(corpus, kinds="M", test=["M01F0906"])
