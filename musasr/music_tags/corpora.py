"""The readers of tagged music by the ``type`` of a configuration's section ``music``."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from musasr.corpora.contract import Skipped
from musasr.plugins import KIND_KEY

SAMPLING_RATE = 16000  # of what is rendered: that of the features
# Each has a function prepare(output, *, seed, num_jobs, **the section's keys).
READERS = {
    "embedded": "musasr.corpora.embedded.tags.prepare",
    "mtg_jamendo": "musasr.corpora.mtg_jamendo",
    "gtzan": "musasr.corpora.gtzan",
    "ai_rush": "musasr.corpora.ai_rush",
}


def prepare_corpus(music: Mapping[str, Any], output: Path, *, seed: int, num_jobs: int) -> list[Skipped]:
    """Have output/{train,dev,test}/tracks.tsv written, and return what was left out.

    Raises:
        DataError: The corpus is not as its reader wants it.
    """
    conf = {key: value for key, value in music.items() if key != KIND_KEY}
    reader = import_module(READERS[music[KIND_KEY]])
    return reader.prepare(output, sampling_rate=SAMPLING_RATE, seed=seed, num_jobs=num_jobs, **conf)
