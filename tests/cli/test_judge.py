"""musasr judge: a wrong option is one line, before anything is loaded."""

from types import SimpleNamespace

import pytest

from musasr import kaldi
from musasr.cli.main import main
from musasr.transcribe import system


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--snr", "loud"], "--snr: 'loud' are no SNRs of at most 100 dB; give such as 5,0,-5"),
        (["--snr", "5,nan"], "--snr: '5,nan' are no SNRs"),
        (["--snr", "5,1e9"], "--snr: '5,1e9' are no SNRs"),
        (["--ways", "raw,blent"], "--ways: unknown way 'blent'; did you mean 'blend'"),
        (["--utterances", "0"], "--utterances: wants at least one; give 1 or more"),
        ([], "no such data dir; check the path"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, capsys, options, message):
    words = ["judge", "--model", "x", "--speech", str(tmp_path / "s"), "--music", str(tmp_path / "m")]
    assert main([*words, *options]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_ways_without_a_separator_are_not_passed_over(monkeypatch, capsys):
    monkeypatch.setattr(system, "load_system", lambda *args, **options: SimpleNamespace(separator=None))
    for name in ("read_utterances", "read_music_dir"):
        monkeypatch.setattr(kaldi, name, lambda path: [])
    words = ["judge", "--model", "x", "--speech", "s", "--music", "m", "--ways", "surest"]
    assert main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "musasr: error: --ways: there is no separator; name one with --separator"
