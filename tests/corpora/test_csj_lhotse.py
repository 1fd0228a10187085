"""A second opinion: lhotse's reader of CSJ on the same trees. Each difference is meant, and has its test."""

import csj_trees
import pytest
from csj_trees import MASKED, SAYINGS, Talk, Unit, Word, in_a_row, plain_talk, random_talk, words, write_tree
from lhotse.recipes import csj as lhotse_csj

from musasr.corpora.csj import layout, official, sdb
from musasr.corpora.csj import words as csj_words

TALKS = [f"{kind}0{number % 10}{'MF'[number % 2]}{number:04d}" for number, kind in enumerate("AASSMRAAS", 1)]


def theirs(root, parts=("core",)):
    """(recording, start in ms) -> text, as lhotse reads a USB stick."""
    manifests = lhotse_csj.prepare_csj(root, dataset_parts=list(parts), nj=1)
    return _by_start(manifests)


def _by_start(manifests):
    return {
        (supervision.recording_id, round(supervision.start * 1000)): supervision.text
        for manifest in manifests.values()
        for supervision in manifest["supervisions"]
    }


def ours(root):
    """The same of our reader: unit by unit, words without spaces."""
    found = {}
    for talk in layout.find(root).talks.values():
        units, unknown = csj_words.units(sdb.read_rows(talk.sdb[0]), where=talk.sdb[0])
        assert not unknown
        for unit in units:
            text = "".join(word.orthography for word in unit.words)
            if text:
                found[talk.recording_id(unit.channel), unit.start_ms] = text
    return found


@pytest.fixture
def both(tmp_path):
    """Write a talk with these words in units of their own; return what ours and theirs read in each."""

    def read(*contents):
        root = write_tree(tmp_path / "CSJ", [Talk("A01M0001", in_a_row(contents))])
        return list(ours(root).values()), list(theirs(root).values())

    return read


@pytest.mark.parametrize("seed", range(5))
def test_agreement_on_talks_of_all_tags(tmp_path, seed):
    root = write_tree(tmp_path, [random_talk(talk_id, seed, num_units=25) for talk_id in TALKS])
    read = ours(root)
    assert len(read) > 200
    assert read == theirs(root)


@pytest.mark.parametrize(
    "content", csj_trees.TAGGED, ids=lambda content: "".join(w.orthography for w in content)
)
def test_agreement_on_each_tag(both, content):
    (mine,), (other,) = both(content)
    assert mine == other


def test_agreement_on_dialogues_and_on_the_official_sets(tmp_path):
    # lhotse wants the talks of all its lists to be there, its own validation set included.
    listed = [
        talk_id for part in (lhotse_csj._A01M0056, *lhotse_csj._EVAL, lhotse_csj._VALID) for talk_id in part
    ]
    dialogues = [random_talk(talk_id, seed=3) for talk_id in ("D03F0036", "D03M0038")]
    talks = [plain_talk(talk_id, num_units=2) for talk_id in listed]
    noncore = plain_talk("A01M0900", core=False)
    root = write_tree(tmp_path / "CSJ", [*talks, *dialogues, noncore])
    parts = ["core", "noncore", "eval1", "eval2", "eval3", "excluded", "valid"]
    manifests = lhotse_csj.prepare_csj(root, tmp_path / "transcripts", dataset_parts=parts, nj=1)
    assert _by_start(manifests) == ours(root)
    for name, talk_ids in official.TEST_SETS.items():
        assert {recording.id for recording in manifests[name]["recordings"]} == set(talk_ids)
    excluded = {recording.id[:8] for recording in manifests["excluded"]["recordings"]}
    assert excluded == official.EXCLUDED


def test_agreement_on_when_units_join():
    """lhotse's joining leaves out what a limit just allows; elsewhere both are the standard rule."""
    from lhotse.supervision import SupervisionSegment, SupervisionSet

    from musasr.corpora.csj.segments import merge

    spans = [
        (0, 1000),
        (1300, 2500),
        (3100, 5000),
        (5200, 9000),
        (9300, 10400),
        (10600, 12000),
        (12300, 13000),
    ]
    units = [csj_words.Unit("L", start, end, (csj_words.Word("語", "ゴ"),)) for start, end in spans]
    supervisions = SupervisionSet.from_segments(
        SupervisionSegment(
            f"{start}", "A", start / 1000, (end - start) / 1000, text="語", speaker="A", custom={"raw": "語"}
        )
        for start, end in spans
    )
    joined = lhotse_csj.concat_csj_supervisions(supervisions, gap=0.5, maxlen=10.0)
    mine = [(many[0].start_ms, many[-1].end_ms) for many in merge(units, max_gap_ms=500, max_ms=10_000)]
    other = [(round(one.start * 1000), round(one.end * 1000)) for one in joined]
    assert mine == other == [(0, 2500), (3100, 13000)]


# From here on: where the two differ on purpose.


def test_masked_units_are_theirs_to_keep(both):
    mine, other = both(SAYINGS[0], MASKED)
    assert other == ["音声の認識を行なった", "××です"]
    assert mine == other  # ours keeps the words too, and drops the utterance: test_csj_transcripts


def test_a_mask_without_words_of_its_own_is_lost_to_them(tmp_path):
    units = in_a_row([[Word("(R ××", "(R ××")], words("と/ト"), [Word("××)", "××)")]])
    root = write_tree(tmp_path, [Talk("A01M0001", units)])
    assert "と" in theirs(root).values()
    (path,) = layout.find(root).talks["A01M0001"].sdb
    found, _ = csj_words.units(sdb.read_rows(path), where=path)
    assert [unit.is_masked for unit in found] == [True, True, True]


def test_a_number_that_begins_with_letters_is_letters_to_them(both):
    mine, other = both([Word("(A シーディー二;ＣＤ２)", "シーディーニ", "シーディー二")])
    assert (mine, other) == (["シーディー二"], ["ＣＤ２"])


def test_zero_has_two_spellings_to_them(both):
    mine, other = both(words("ゼロ/ゼロ"), words("零/レイ"))
    assert (mine, other) == (["０", "０"], ["ゼロ", "零"])


def test_small_wa_stays_to_them(both):
    mine, other = both(words("ウヮー/ウワー"))
    assert (mine, other) == (["ウワー"], ["ウヮー"])


def test_a_tag_without_its_second_text_is_empty_to_them(both):
    mine, other = both([Word("(A イーユー)", "イーユー", "イーユー"), *words("の/ノ")])
    assert (mine, other) == (["イーユーの"], ["の"])


def test_rows_without_a_part_of_speech_are_words_to_them(both):
    mine, other = both([*words("図/ズ"), Word("音", "オト", "音", "")])
    assert (mine, other) == (["図"], ["図音"])


def test_a_mixed_bag_of_tags_that_stops_them(tmp_path):
    root = write_tree(tmp_path, [Talk("A01M0001", in_a_row([[Word("(Z9 あ)", "ア", "あ")]]))])
    with pytest.raises(NotImplementedError, match="Unknown tag"):
        theirs(root)


def test_signs_have_other_code_points_to_them(both):
    # U+FF0D and U+FF5E become - and ~ in `text.normalise`; U+2212 and U+301C would stay.
    mine, other = both(words("ＣＤ－Ｒ ア～ン"))
    assert (mine, other) == (["ＣＤ\uff0dＲア\uff5eン"], ["ＣＤ\u2212Ｒア\u301cン"])


def test_characters_of_windows_stop_them(tmp_path):
    root = write_tree(tmp_path, [Talk("A01M0001", in_a_row([words("①/イチ")]))])
    with pytest.raises(UnicodeDecodeError):
        theirs(root)
    assert list(ours(root).values()) == ["①"]


def test_a_word_over_a_pause_joins_the_units_to_them(tmp_path):
    units = [
        Unit([Word("(A シー", "シー", "シー")], 0, 1000),
        Unit([Word("ディー;ＣＤ)", "ディー", "ディー")], 1300, 2000),
        Unit([Word("(F え", "エ", "え", "感動詞")], 3000, 3500),
        Unit([Word("ー)", "エ", "ー", "感動詞")], 3800, 4200),
    ]
    root = write_tree(tmp_path, [Talk("A01M0001", units)])
    # Ours joins units too where a word needs it (test_csj_transcripts), and leaves a filler in its halves.
    assert theirs(root) == {("A01M0001", 0): "ＣＤ", ("A01M0001", 3000): "えー"}
    assert ours(root) == {("A01M0001", 1300): "ＣＤ", ("A01M0001", 3000): "え", ("A01M0001", 3800): "ー"}


def test_without_copying_the_transcripts_dialogues_stop_them(tmp_path):
    root = write_tree(tmp_path, [plain_talk("D01M0001")])
    with pytest.raises(AssertionError):
        theirs(root)
    assert {recording for recording, _ in ours(root)} == {"D01M0001-L", "D01M0001-R"}


@pytest.mark.parametrize("name", ["dvd", "merl"])
def test_other_layouts_are_not_theirs(tmp_path, name):
    root = write_tree(tmp_path, [plain_talk("A01M0001")], layout=name)
    with pytest.raises(AssertionError, match="No such directory"):
        theirs(root)
    assert len(ours(root)) == 3
