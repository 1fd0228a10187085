import json
import re
from base64 import b64encode

import numpy as np
import pytest
import soundfile
from browser import browsing
from browser_pages import WIDTHS, check_contrast, check_fits, needs_browser

from musasr.errors import StateError
from musasr.report import examples, html, results, tables
from musasr.report.paper.numbers import Paper
from musasr.report.spectrograms import png

PAPER = Paper.load("egs/csj_anime/paper.yaml")
PIXEL = bytes.fromhex("89504e470d0a1a0a")  # a PNG's signature: the page embeds bytes, it does not read them
PIXEL_URI = f"data:image/png;base64,{b64encode(PIXEL).decode()}"


def keep(workdir, condition, listed):
    """Write examples of half a second as recognition leaves them: rank, id, reference, hypothesis, WER."""
    directory, rows = workdir.path / "results" / "audio" / condition, []
    rng = np.random.default_rng(0)
    for rank, utterance_id, reference, hypothesis, wer in listed:
        (directory / utterance_id).mkdir(parents=True)
        for role in ("mixture", "estimate", "reference"):
            soundfile.write(directory / utterance_id / f"{role}.wav", 0.1 * rng.standard_normal(8000), 16000)
        has_attention = utterance_id == "s0-08"
        if has_attention:
            np.save(directory / utterance_id / "attention.npy", np.eye(3, 40, dtype=np.float16))
        si_sdr = None if condition == "clean" else 7.5
        row = {"rank": rank, "utterance_id": utterance_id, "reference": reference, "hypothesis": hypothesis}
        rows.append(
            row
            | {"wer": wer, "si_sdr": si_sdr, "units": ["a", "<b>", "<sos/eos>"] if has_attention else None}
        )
    (directory / "examples.json").write_text(json.dumps(rows))


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
    listed = [
        ("best", "s0-00", "ab cd ef", "ab cd ef", 0.0),
        ("worst", "s0-08", "ab cd <i>", "ab xx <i>", 100 / 3),
    ]
    keep(workdir, "anime_0", listed)
    keep(workdir, "clean", [("best", "s0-16", "ab cd", "ab", 50.0)])
    keep(workdir, "no_longer_asked_for", [("best", "s0-24", "ab", "ab", 0.0)])
    return render(workdir, systems, "speech.path=<script>alert(1)</script>")


def test_the_page_needs_no_other_file(page):
    sources = re.findall(r' (?:src|href)="([^"#][^"]*)"', page)
    # An icon, figures, a training curve; three sounds and pictures an example, and attention of one.
    assert len(sources) == 1 + 2 + 1 + 3 * (3 + 3) + 1
    assert all(source.startswith("data:") for source in sources)
    assert not re.search(r"https?://|@import|url\(", page)


def test_the_page_shows_tables_claims_and_training(page):
    assert '<th scope="row" role="rowheader">time+<wbr>mixture<wbr>:both</th>' in page
    assert '<td role="cell">15.54</td>' in page
    assert "10.00<br><small>[" in page
    assert 'class="verdict not-measured">not measured' in page
    assert "<h3>time+mixture:both</h3>" in page
    assert "none+mixture 2.00 h" in page


def test_every_link_of_the_contents_leads_somewhere(page):
    links = re.findall(r'href="#([^"]+)"', page)
    assert links
    assert all(page.count(f'id="{link}"') == 1 for link in links)


def test_examples_stand_in_the_order_of_conditions_with_their_words_aligned(page):
    headings = re.findall(r"<h4>(.*?) <small>(.*?)</small></h4>", page)
    assert headings == [
        ("best", "s0-16, 50.0 % WER"),
        ("best", "s0-00, 0.0 % WER, SI-SDR 7.5 dB"),
        ("worst", "s0-08, 33.3 % WER, SI-SDR 7.5 dB"),
    ]
    assert "<del>cd</del><ins>xx</ins>" in page
    assert "&lt;i&gt;" in page
    assert "s0-24" not in page


def test_what_a_configuration_says_is_text(page):
    assert page.count("<script") == 1
    assert "&lt;script&gt;" in page


def test_a_page_that_would_grow_too_large_says_where_the_sounds_are(headline, monkeypatch):
    workdir, systems = headline
    keep(workdir, "clean", [("best", "s0-16", "ab cd", "ab", 50.0)])
    keep(workdir, "anime_0", [("best", "s0-00", "ab", "ab", 0.0)])
    (run,) = [workdir.run(systems)]
    alone = sum(map(len, examples.read_examples(run.workdir, ["clean"])[0].sounds.values()))
    monkeypatch.setattr(examples, "MOST_SOUND_BYTES", alone)
    page = render(workdir, systems)
    assert page.count("<audio") == 3
    assert "To be heard in results/audio/anime_0/s0-00" in page


def test_examples_that_are_not_whole_are_one_line(headline):
    workdir, systems = headline
    keep(workdir, "clean", [("best", "s0-16", "ab cd", "ab", 50.0)])
    sound = workdir.path / "results/audio/clean/s0-16/mixture.wav"
    sound.write_bytes(b"RIFF")
    with pytest.raises(StateError, match=r"audio/clean: the report's examples are not whole .*; remove it"):
        render(workdir, systems)
    (sound.parents[1] / "examples.json").write_text("[")
    with pytest.raises(StateError, match=r"examples\.json: is no list of examples"):
        render(workdir, systems)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "kinds"),
    [
        ("a b c", "a b c", ["equal"]),
        ("a b c d", "a x c", ["equal", "substitute", "equal", "delete"]),
        ("a", "x a", ["insert", "equal"]),
        ("", "x y", ["insert"]),
        ("a b", "", ["delete"]),
        ("", "", []),
    ],
)
def test_words_are_aligned_and_none_is_lost(reference, hypothesis, kinds):
    found = examples.align(reference, hypothesis)
    assert [words.kind for words in found] == kinds
    assert " ".join(words.reference for words in found if words.reference) == reference
    assert " ".join(words.hypothesis for words in found if words.hypothesis) == hypothesis


@pytest.mark.slow
@needs_browser
def test_the_report_in_a_browser(page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page.replace(PIXEL_URI, f"data:image/png;base64,{b64encode(png(np.eye(9))).decode()}"))
    with browsing(tmp_path) as browser:
        for width in WIDTHS:
            for is_dark in (False, True):
                browser.open(path, width=width, is_dark=is_dark)
                browser.await_true("players.every((one) => one.readyState >= 1)")
                check_fits(browser)
                check_contrast(browser)
                shot = browser.screenshot(tmp_path / f"{width}-{is_dark}.png")
                assert shot.stat().st_size > 10000
        durations = browser.run("return players.map((one) => one.duration)")
        assert durations == [pytest.approx(0.5, abs=0.01)] * 9
        assert browser.run("return [...document.images].every((one) => one.complete && one.naturalWidth > 0)")
        # No table is cut off, and each figure stands under its heading.
        for width in reversed(WIDTHS):
            browser.open(path, width=width)
            cut = "return [...document.querySelectorAll('th, td')].filter((one) => one.scrollWidth"
            cut += " > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth).length"
            assert browser.run(cut) == 0
            rights = browser.run(
                "return ['thead tr', 'tr.ours', 'tr.paper'].map((row) =>"
                "[...document.querySelector(row).children].slice(1)"
                ".map((one) => Math.round(one.getBoundingClientRect().right)))"
            )
            assert rights[0] == rights[1] == rights[2]
        # The keyboard.
        browser.press("j", "j", "1")
        browser.await_true("players[3].currentTime > 0 || players[3].ended")
        assert browser.run("return [chosen, document.activeElement === examples[1]]") == [1, True]
        browser.press("k", "3")
        browser.await_true("players[2].currentTime > 0")
        assert browser.run("return players.filter((one) => !one.paused).length") <= 1
        assert browser.errors() == []


def test_a_page_without_curves_and_recordings_has_no_empty_headings(headline):
    workdir, systems = headline
    page = render(workdir, systems[:1])
    assert "<h2>Training</h2>" not in page
    assert "<h2>To listen to</h2>" not in page
    assert "Table II" not in page
