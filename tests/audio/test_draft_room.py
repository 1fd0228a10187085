"""A recording that is converted where there is no room."""

import numpy as np
import pytest
from file_limits import file_limit

from musasr import audio
from musasr.audio.conversion import Source, convert


def test_a_draft_without_room_names_what_it_was_to_be(tmp_path):
    audio.write(tmp_path / "a.wav", 0.1 * np.random.default_rng(0).uniform(-1, 1, 32000), 16000)
    output = tmp_path / "out" / "b.wav"
    with file_limit(20_000), pytest.raises(OSError, match="too large") as caught:
        convert([Source(tmp_path / "a.wav")], output, sampling_rate=16000)
    assert caught.value.filename == str(output)
    assert list(output.parent.iterdir()) == []
