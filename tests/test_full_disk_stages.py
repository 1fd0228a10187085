"""A report that finds no room: one line, and the rerun is as if there had always been some.

Recognition without room stands in test_stage_kills.py.
"""

from pathlib import Path

import pytest
from file_limits import file_limit
from smoke_copies import assert_no_room, assert_same, copy_without_results, start

from musasr.corpora.embedded.speech.synthesis import voice_file
from musasr.corpora.embedded.speech.voices import make_voice
from musasr.corpora.embedded.voices.espeak import _fresh_library


@pytest.mark.parametrize("num_bytes", [2000, 40_000])
def test_a_report_without_room_says_so_and_its_rerun_is_right(smoke_workdir, tmp_path, num_bytes):
    workdir = tmp_path / "full"
    copy_without_results(smoke_workdir, workdir, stage=8)
    with file_limit(num_bytes):
        process = start(workdir, 8, 8)
        said, _ = process.communicate()
    assert process.returncode == 1, said
    assert_no_room(said, workdir / "results")
    process = start(workdir, 8, 8)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert_same("results", workdir, smoke_workdir)


def test_a_voice_without_room_in_the_temporary_folder_names_its_file():
    """Once, the message said neither which file nor how much it takes."""
    with (
        file_limit(60_000),
        pytest.raises(OSError, match="too large") as caught,
        voice_file(make_voice(0), 16000),
    ):
        pass
    assert caught.value.filename.endswith("speaker.htsvoice")
    assert caught.value.__notes__ == ["it needs 862.5 kB"]


def test_a_synthesiser_without_room_in_the_temporary_folder_names_its_file():
    with file_limit(1000), pytest.raises(OSError, match="too large") as caught, _fresh_library():
        pass
    assert caught.value.filename.endswith(".so")
    assert not Path(caught.value.filename).exists()
