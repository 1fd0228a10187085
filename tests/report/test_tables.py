from musasr.report import results, tables
from musasr.report.paper import verdicts
from musasr.report.paper.numbers import Paper

PAPER = Paper.load("egs/csj_anime/paper.yaml")


def collect(workdir, systems):
    return results.collect(workdir.run(systems), "abc123")


def test_table_one_sets_ours_beside_the_papers(headline):
    lines = tables.markdown(tables.table1(collect(*headline), PAPER)).splitlines()
    assert lines[2] == (
        "| system | | clean | 5 dB | 0 dB | -5 dB | avg | change % | SDR 5 dB | SDR 0 dB | SDR -5 dB |"
    )
    assert lines[6] == (
        "| none+mixture | ours | 40.00 [40.0, 40.0] | 40.00 [40.0, 40.0] | 40.00 [40.0, 40.0] "
        "| 40.00 [40.0, 40.0] | 40.00 [40.0, 40.0] | +0.0 | - | - | - |"
    )
    assert lines[7] == "| | paper | 12.29 | 15.26 | 19.63 | 31.57 | 22.15 | +0.0 | - | - | - |"
    assert lines[8].startswith("| time+mixture:none | ours | 20.00 [20.0, 20.0] |")
    assert lines[8].endswith("| 20.00 [20.0, 20.0] | -50.0 | 15.00 | 10.00 | 5.00 |")
    assert lines[11] == "| | paper | 12.96 | 13.30 | 15.01 | 18.31 | 15.54 | -29.8 | 20.52 | 17.85 | 14.92 |"
    assert any("mixtures themselves" in line and "5.25, 0.25, -4.75 dB" in line for line in lines)


def test_table_two_has_both_systems_by_genre(headline):
    table = tables.table2(collect(*headline), PAPER)
    assert [pair.label for pair in table.pairs] == [
        f"{name}, {genre}"
        for name in ("none+mixture", "time+mixture:both")
        for genre in ("classical", "jazz", "popular")
    ]
    last = table.pairs[-1]
    assert [cell.text for cell in last.ours] == ["10.00", "10.00", "10.00", "10.00", "15.00", "10.00", "5.00"]
    assert [cell.text for cell in last.paper] == [
        "13.98",
        "16.19",
        "22.60",
        "17.59",
        "19.67",
        "16.83",
        "13.56",
    ]


def test_table_two_says_which_genres_were_heard_in_training(headline):
    found = collect(*headline)
    corpus = found["config"]["music"] | {"type": "embedded"}
    for sung, told in (
        (0.0, "not in training; popular"),
        (0.3, "not in training, but for popular (other titles); p"),
    ):
        found["config"]["music"] = corpus | {"sung_fraction": sung}
        (note,) = tables.table2(found, PAPER).notes
        assert told in note
    found["config"]["music"] = {"type": "several", "parts": {"ours": corpus | {"sung_fraction": 0.3}}}
    assert "but for popular" in tables.table2(found, PAPER).notes[0]


def test_a_subset_gives_fewer_rows_and_the_same_columns(headline):
    workdir, systems = headline
    whole, part = (tables.table1(collect(workdir, chosen), PAPER) for chosen in (systems, systems[:1]))
    assert [pair.label for pair in part.pairs] == ["none+clean"]
    assert part.columns == whole.columns
    # Without mixture ASR of ours there is nothing of ours to compare with; the paper's figure stays.
    change = part.columns.index("change %")
    assert (part.pairs[0].ours[change].text, part.pairs[0].paper[change].text) == ("-", "+229.4")


def test_table_two_says_so_where_nothing_was_measured(headline):
    workdir, systems = headline
    assert "Nothing of this table was measured." in tables.markdown(
        tables.table2(collect(workdir, systems[:1]), PAPER)
    )


def test_claims_are_listed_with_their_figures(headline):
    text = verdicts.markdown(collect(*headline))
    assert "1. Cascades beat both baselines" in text
    assert "**supported** (as far as measured: 2 of 6 comparisons)" in text
    assert (
        "   - WER of time+mixture:none below none+mixture: supported; "
        "ours 20.00 against 40.00 (-50.0 %), p < 0.001; paper 18.03 against 22.15 (-18.6 %)"
    ) in text
    assert "**not measured** (as far as measured: 0 of 8 comparisons)" in text
