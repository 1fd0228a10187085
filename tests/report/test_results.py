import json

import pytest

from musasr.errors import StateError
from musasr.recipe.conditions import conditions_of
from musasr.recipe.systems import System
from musasr.recipe.workdir import Workdir
from musasr.report import results
from musasr.report.measurement import TestSpeech

SYSTEM_KEYS = {"front_end", "back_end", "fine_tune", "train_seconds", "results"}
RESULT_KEYS = {
    "test_set", "genre", "snr_db", "wer", "wer_ci95", "cer", "sdr", "si_sdr", "sdr_mixture",
    "num_utterances", "num_words",
}  # fmt: skip


def collect(workdir, systems, *settings):
    return results.collect(workdir.run(systems, *settings), "abc123")


def test_results_hold_the_contract(headline):
    collected = collect(*headline)
    assert json.loads(json.dumps(collected)) == collected
    assert collected["config"] == headline[0].run().config
    assert collected["commit"] == "abc123"
    for entry in collected["systems"]:
        assert entry.keys() >= SYSTEM_KEYS
        assert entry["train_seconds"] == 7200.0
        assert all(result.keys() >= RESULT_KEYS for result in entry["results"])
    conditions = [
        (one["test_set"], one["genre"], one["snr_db"]) for one in collected["systems"][-1]["results"]
    ]
    assert conditions[:4] == [
        ("anime", None, None),
        ("anime", None, 5),
        ("anime", None, 0),
        ("anime", None, -5),
    ]
    assert conditions[4:7] == [
        ("genre", "classical", 5),
        ("genre", "classical", 0),
        ("genre", "classical", -5),
    ]
    assert len(conditions) == 4 + 9
    assert len(collected["systems"][0]["results"]) == 4


def test_figures_are_those_worked_by_hand(headline):
    mixture, cascade, joint = (entry["results"][1] for entry in collect(*headline)["systems"][1:])
    # 40 utterances of 5 words and 10 characters; "xx" for a word is one word and two characters wrong.
    assert (mixture["num_utterances"], mixture["num_words"]) == (40, 200)
    assert mixture["wer"] == pytest.approx(40.0)
    assert mixture["cer"] == pytest.approx(40.0)
    assert mixture["wer_ci95"] == pytest.approx([40.0, 40.0])
    assert mixture["sdr"] is None
    assert cascade["wer"] == pytest.approx(20.0)
    assert (cascade["sdr"], cascade["si_sdr"], cascade["sdr_mixture"]) == (15.0, 14.0, 5.25)
    assert joint["wer"] == pytest.approx(10.0)
    assert joint["wer_ci95"][0] < 10.0 < joint["wer_ci95"][1]


def test_insertions_and_deletions_count(workdir):
    system = workdir.add("none+clean", lambda condition, index: 0)

    def spoil(lines):
        lines[0]["hypothesis"] = ""  # 5 deletions
        lines[1]["hypothesis"] += " yy zz"  # 2 insertions
        return lines

    workdir.edit("none+clean", "anime_0", spoil)
    zero_db = collect(workdir, [system])["systems"][0]["results"][2]
    assert zero_db["wer"] == pytest.approx(100 * 7 / 200)
    assert zero_db["cer"] == pytest.approx(100 * 14 / 400)


def test_average_leaves_clean_out(workdir):
    wrong = {None: 5, 5: 1, 0: 2, -5: 3}
    system = workdir.add("none+clean", lambda condition, index: wrong[condition.snr_db])
    (average,) = collect(workdir, [system])["systems"][0]["averages"]
    assert average["wer"] == pytest.approx((20 + 40 + 60) / 3)
    assert average["wer_ci95"] == pytest.approx([40.0, 40.0])


def test_sdr_is_the_mean_over_utterances(workdir):
    system = workdir.add(
        "time+clean:none", lambda condition, index: 0, sdr=lambda condition, index: float(index)
    )
    assert collect(workdir, [system])["systems"][0]["results"][1]["sdr"] == pytest.approx(39 / 2)


def test_genres_that_the_data_lacks_are_left_out(workdir):
    system = workdir.add("none+mixture", lambda condition, index: 1)
    entry = collect(workdir, [system], "mixing.test.genres=[jazz]")["systems"][0]
    assert {one["genre"] for one in entry["results"]} == {None, "jazz"}


def test_bootstrap_draws_speakers_where_there_are_enough():
    references = {str(i): "a" for i in range(10)}
    assert TestSpeech(references, list("aabbccddee")).groups == list("aabbccddee")
    assert TestSpeech(references, list("aaaabbccdd")).groups is None


def test_interval_is_wider_over_speakers_than_over_utterances(make_workdir):
    intervals = {}
    for num_speakers in (4, 5):  # errors depend on the utterance's place, so on its speaker
        work = make_workdir(num_speakers)
        system = work.add("none+clean", lambda condition, index: 5 if index < 16 else 0)
        low, high = collect(work, [system])["systems"][0]["results"][0]["wer_ci95"]
        intervals[num_speakers] = high - low
    assert intervals[5] > 1.5 * intervals[4]


def test_words_under_music_alone_count_as_insertions(make_workdir):
    work = make_workdir(8)
    text = work.path / "data" / "speech" / "test" / "text"
    lines = text.read_text().splitlines()  # 5 of 40 are the first speaker's
    text.write_text("".join(f"{line[:5] if line.startswith('s0') else line}\n" for line in lines))
    system = work.add("none+clean", lambda condition, index: 1)
    row = collect(work, [system])["systems"][0]["results"][0]
    assert row["num_words"] == 35 * 5
    assert row["wer"] == pytest.approx(100 * (35 + 5 * 5) / (35 * 5), abs=0.01)
    assert row["wer_ci95"][0] <= row["wer"] <= row["wer_ci95"][1]


def test_a_decoding_that_is_missing_names_system_condition_and_stage(headline):
    workdir, systems = headline
    workdir.decoding("time+mixture:both", "jazz_-5").unlink()
    message = (
        r"time\+mixture:both: condition jazz_-5 is not recognised; run musasr recognize .*time\+mixture:both"
    )
    with pytest.raises(StateError, match=message):
        collect(workdir, systems)


def test_a_decoding_of_fewer_utterances_is_refused(headline):
    workdir, systems = headline
    workdir.edit("none+clean", "clean", lambda lines: lines[:-2])
    with pytest.raises(
        StateError, match=r"none\+clean, condition clean: 2 of 40 utterances missing.*run musasr recognize"
    ):
        collect(workdir, systems)


def test_a_decoding_of_other_utterances_is_refused(headline):
    workdir, systems = headline
    workdir.edit("none+clean", "anime_5", lambda lines: [*lines, {**lines[0], "utterance_id": "zz-99"}])
    with pytest.raises(StateError, match=r"0 of 40 utterances missing, 1 unknown \(first: zz-99\)"):
        collect(workdir, systems)


def test_an_utterance_that_is_there_twice_is_refused(headline):
    workdir, systems = headline
    workdir.edit("none+clean", "anime_5", lambda lines: [*lines, lines[0]])
    with pytest.raises(StateError, match=r"utterances\.jsonl:41: .*condition anime_5.*twice"):
        collect(workdir, systems)


def test_a_broken_line_is_named(headline):
    workdir, systems = headline
    path = workdir.decoding("none+clean", "anime_5")
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    with pytest.raises(StateError, match=r"utterances\.jsonl:40: .*unreadable line"):
        collect(workdir, systems)


@pytest.mark.parametrize("value", [None, float("nan")])
def test_an_sdr_that_only_some_utterances_lack_is_refused(headline, value):
    workdir, systems = headline
    workdir.edit("time+mixture:none", "anime_0", lambda lines: [{**lines[0], "sdr": value}, *lines[1:]])
    with pytest.raises(StateError, match="no finite sdr, others have"):
        collect(workdir, systems)


def test_a_separator_without_sdr_is_refused(headline):
    workdir, systems = headline
    workdir.edit("time+mixture:none", "anime_0", lambda lines: [{**line, "sdr": None} for line in lines])
    with pytest.raises(StateError, match="decoding without SDR"):
        collect(workdir, systems)


def test_an_untrained_system_is_named(headline):
    workdir, systems = headline
    with pytest.raises(
        StateError, match=r"frequency\+clean:both is not trained; run musasr train separators"
    ):
        collect(workdir, [*systems, System("frequency", "clean", "both")])


def test_a_training_record_without_seconds_is_refused(headline):
    workdir, systems = headline
    (workdir.path / "exp" / "none+clean" / "training.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StateError, match="no train_seconds"):
        collect(workdir, systems)


def test_a_missing_test_set_is_named(headline):
    workdir, systems = headline
    (workdir.path / "data" / "speech" / "test" / "text").unlink()
    with pytest.raises(StateError, match=r"test/text: no such file; run musasr prepare speech"):
        collect(workdir, systems)


def test_an_utterance_without_speaker_is_named(headline):
    workdir, systems = headline
    path = workdir.path / "data" / "speech" / "test" / "utt2spk"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    with pytest.raises(StateError, match="no speaker of utterance 's0-00'"):
        collect(workdir, systems)


def test_write_leaves_the_files_of_the_contract_and_nothing_else(headline):
    workdir, systems = headline
    collected = collect(workdir, systems)
    directory = workdir.path / "results"
    paths = results.write(collected, workdir.run().workdir)
    names = ["report.html", "results.json", "sdr_over_snr.png", "table1.md", "table2.md", "wer_over_snr.png"]
    assert sorted(path.name for path in directory.iterdir()) == names == sorted(path.name for path in paths)
    assert json.loads((directory / "results.json").read_text(encoding="utf-8")) == collected


def test_the_same_figures_write_the_same_bytes(headline):
    workdir, systems = headline
    written = []
    for name in ("first", "again"):
        paths = results.write(collect(workdir, systems[1:2]), Workdir(workdir.path, name))
        written.append({path.name: path.read_bytes() for path in paths})
    assert written[0] == written[1]


def test_decode_settings_with_a_name_have_results_of_their_own(headline):
    workdir, systems = headline
    system = systems[2]
    for condition in conditions_of(system.name, workdir.run().config):
        plain = workdir.decoding(system.name, condition.name)
        named = plain.parents[2] / "decode-gate" / condition.name / plain.name
        named.parent.mkdir(parents=True)
        named.write_text(plain.read_text(encoding="utf-8").replace("xx", "ab"), encoding="utf-8")
    plain, gated = (
        collect(workdir, [system], f"decode.name={name}")["systems"][0] for name in ("null", "gate")
    )
    assert [row["wer"] for row in plain["results"]] == [20.0] * 4
    assert [row["wer"] for row in gated["results"]] == [0.0] * 4
