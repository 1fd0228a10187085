import re

import pytest

from musasr.report import html, results, tables
from musasr.report.paper.numbers import Paper

PAPER = Paper.load("egs/csj_anime/paper.yaml")
PIXEL = bytes.fromhex("89504e470d0a1a0a")  # a PNG's signature: the page embeds bytes, it does not read them


def render(workdir, systems, *settings) -> str:
    run = workdir.run(systems, *settings)
    directory = run.workdir.results
    figures = [directory / "wer_over_snr.png", directory / "sdr_over_snr.png"]
    directory.mkdir(exist_ok=True)
    for path in figures:
        path.write_bytes(PIXEL)
    collected = results.collect(run, "abc123")
    shown = [tables.table1(collected, PAPER), tables.table2(collected, PAPER)]
    return html.render(collected, shown, PAPER, figures=figures, workdir=run.workdir)


@pytest.fixture
def page(headline) -> str:
    workdir, systems = headline
    (workdir.path / "exp" / "time+mixture:both" / "loss.png").write_bytes(PIXEL)
    for utterance_id in ("s0-00", "s0-08"):
        for role in ("mixture", "estimate", "reference"):
            path = workdir.path / "results" / "audio" / "anime_0" / utterance_id / f"{role}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"RIFF")
    return render(workdir, systems, "speech.path=<script>alert(1)</script>")


def test_the_page_needs_no_other_file(page):
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 2 + 1 + 3  # figures, training curve, recordings of one utterance
    assert all(source.startswith("data:") for source in sources)
    assert not re.search(r"https?://|@import|url\(", page)


def test_the_page_shows_tables_claims_and_training(page):
    assert "<td>time+mixture:both</td>" in page
    assert "<td>15.54</td>" in page
    assert "10.00<br><small>[" in page
    assert 'class="verdict not-measured">not measured' in page
    assert "<h3>time+mixture:both</h3>" in page
    assert "none+mixture 2.00 h" in page


def test_the_first_utterance_of_a_condition_can_be_heard(page):
    assert page.count("<audio") == 3
    assert "<td>anime_0</td><td>s0-00</td>" in page
    assert "s0-08" not in page


def test_what_a_configuration_says_is_text(page):
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_page_without_curves_and_recordings_has_no_empty_headings(headline):
    workdir, systems = headline
    page = render(workdir, systems[:1])
    assert "<h2>Training</h2>" not in page
    assert "<h2>To listen to</h2>" not in page
    assert "Table II" not in page
