"""The report of runs that are not the paper's: other SNRs, other genres, other systems, no paper.

Once they vanished from Table II, or ended the report with a TypeError or KeyError.
"""

import io
import json

import matplotlib.image
import pytest

from musasr.recipe.config import CONF
from musasr.report import results, tables, terminal
from musasr.report.paper.numbers import Paper

RECIPE = f"""
base: {CONF / "csj_anime.yaml"}
mixing: {{test: {{snrs_db: [10, 0], genres: [rock]}}}}
models:
  third: {{like: frequency}}
  asked: {{reader: 'crossing_reader:CrossingReader', reader_conf: {{seconds: 0.1}}}}
training: {{third: {{like: frequency}}}}
report: {{under_genres: [none+mixture, third+mixture:both]}}
"""
WRONG = {"none+mixture": 3, "third+mixture:both": 1, "none+asked": 2, "third+asked:none": 2, "third+none": 0}


@pytest.fixture
def foreign(workdir, tmp_path):
    """Five systems: one the paper has, one with a front end of ours, two with a reader, one without words."""
    workdir.recipe = tmp_path / "foreign.yaml"
    workdir.recipe.write_text(RECIPE)
    systems = [workdir.add(name, lambda condition, index, n=n: n) for name, n in WRONG.items()]
    return workdir, systems


def test_every_condition_of_the_configuration_is_collected(foreign):
    workdir, systems = foreign
    collected = json.loads(json.dumps(results.collect(workdir.run(systems), "abc")))
    found = {tables.system_name(entry): entry for entry in collected["systems"]}
    conditions = [(one["test_set"], one["genre"], one["snr_db"]) for one in found["none+mixture"]["results"]]
    assert conditions == [
        ("anime", None, None),
        ("anime", None, 10),
        ("anime", None, 0),
        ("genre", "rock", 10),
        ("genre", "rock", 0),
    ]
    assert len(found["none+asked"]["results"]) == 3
    assert [one["wer"] for one in found["third+none"]["results"]] == [None] * 3
    assert [one["sdr"] for one in found["third+none"]["results"]] == [None, 20.0, 10.0]
    assert found["third+none"]["averages"] == [
        {"test_set": "anime", "genre": None, "wer": None, "wer_ci95": None}
    ]


def test_the_tables_have_their_columns_and_rows_and_empty_cells_where_the_paper_has_none(foreign):
    workdir, systems = foreign
    collected = results.collect(workdir.run(systems), "abc")
    paper = Paper.load(collected["config"]["report"]["paper"])
    one, two = tables.table1(collected, paper), tables.table2(collected, paper)
    assert one.columns == ["clean", "10 dB", "0 dB", "avg", "change %", "SDR 10 dB", "SDR 0 dB"]
    rows = {pair.label: pair for pair in one.pairs}
    assert [cell.text for cell in rows["none+mixture"].paper] == ["12.29", "-", "19.63", "-", "-", "-", "-"]
    assert {cell.text for cell in rows["third+mixture:both"].paper} == {"-"}
    ours = [cell.text for cell in rows["third+mixture:both"].ours]
    assert ours == ["20.00", "20.00", "20.00", "20.00", "-66.7", "20.00", "10.00"]
    assert [cell.text for cell in rows["third+none"].ours][:5] == ["-"] * 5
    assert [pair.label for pair in two.pairs] == ["none+mixture, rock", "third+mixture:both, rock"]
    assert "mean of 10 and 0 dB" in tables.markdown(one)
    assert "| none+mixture, rock | ours | 60.00 [60.0, 60.0]" in tables.markdown(two)


def test_all_files_are_written_and_the_claims_of_systems_that_are_not_there_are_not_measured(foreign):
    workdir, systems = foreign
    run = workdir.run(systems)
    collected = results.collect(run, "abc")
    paths = {path.name: path for path in results.write(collected, run.workdir)}
    assert set(paths) >= {"table1.md", "table2.md", "wer_over_snr.png", "sdr_over_snr.png", "report.html"}
    for name in ("wer_over_snr.png", "sdr_over_snr.png"):
        assert matplotlib.image.imread(paths[name]).shape[1] == 1500
    page = paths["report.html"].read_text()
    assert '<th scope="row" role="rowheader">third+mixture:both, rock</th>' in page.replace("<wbr>", "")
    assert {claim["verdict"] for claim in collected["claims"]} == {"not measured"}
    shown = io.StringIO()
    terminal.show(collected, file=shown)
    assert "third+mixture:both, rock" in shown.getvalue()


def test_without_a_paper_nothing_of_one_is_shown(foreign):
    workdir, systems = foreign
    run = workdir.run(systems, "report.paper=null")
    collected = results.collect(run, "abc")
    assert collected["claims"] == collected["aims"] == []
    paths = {path.name: path for path in results.write(collected, run.workdir)}
    assert matplotlib.image.imread(paths["wer_over_snr.png"]).shape[1] == 750
    shown = io.StringIO()
    terminal.show(collected, file=shown)
    assert 'class="paper"' not in paths["report.html"].read_text()
    for text in (paths["report.html"].read_text(), paths["table1.md"].read_text(), shown.getvalue()):
        assert "paper's" not in text
        assert "| paper |" not in text
