"""A collection's sounds at one rate, as lists of clips; what cannot be used is listed with the reason."""

import functools
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from musasr import audio
from musasr.atomic import write_text
from musasr.corpora.captioned.layouts import LAYOUTS, Entry
from musasr.corpora.clips import Clip, write_clips
from musasr.corpora.contract import SETS, Skipped
from musasr.corpora.files import check_ours, is_whole_wav
from musasr.errors import DataError
from musasr.parallel import map_in_order

OUR_NAMES = re.compile(r"[0-9a-f]{16}\.wav")
MOST_SKIPPED = 0.2  # of a collection
SKIPPED = "skipped.tsv"


def prepare(
    output: Path,
    *,
    layout: str,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    root: str,
    only: list[str] | None = None,
) -> dict[str, list[Clip]]:
    """Convert a collection's sounds, and write the list of each set under ``output``.

    Args:
        output: Folder of the sets; wavs that an earlier run made are kept.
        layout: A name of `musasr.corpora.captioned.layouts.LAYOUTS`.
        sampling_rate: Hz.
        seed: Nothing is drawn.
        num_jobs: Processes.
        root: The collection's folder.
        only: Sounds that have one of these tags; None: all. Their other tags are kept.

    Raises:
        DataError: A table is missing or broken, or too many sounds cannot be used.
    """
    output = Path(output).resolve()
    for name in SETS:
        check_ours(output / name / "wav", OUR_NAMES)
    wanted = set(only or ())
    entries = [one for one in LAYOUTS[layout](Path(root)) if not wanted or wanted & set(one.tags)]
    work = functools.partial(_convert, output=output, sampling_rate=sampling_rate)
    results = list(map_in_order(work, entries, num_jobs=num_jobs))
    clips = [(one.set_name, made) for one, made in zip(entries, results, strict=True)]
    skipped = [made for _, made in clips if isinstance(made, Skipped)]
    write_text(output / SKIPPED, "".join(f"{one.name}\t{one.reason}\n" for one in skipped))
    if len(skipped) > MOST_SKIPPED * len(entries):
        what = f"{len(skipped)} of {len(entries)} sounds cannot be used"
        raise DataError(what, where=root, mend=f"see {output / SKIPPED}")
    return {name: _write(output / name, [m for s, m in clips if s == name]) for name in SETS}


def _convert(entry: Entry, *, output: Path, sampling_rate: int) -> Clip | Skipped:
    """The clip of an entry, or why there is none."""
    if not entry.tags:
        return Skipped(entry.clip_id, "it has no tags")
    name = hashlib.sha256(f"{entry.path} {sampling_rate}".encode()).hexdigest()[:16]
    path = output / entry.set_name / "wav" / f"{name}.wav"
    try:
        if not is_whole_wav(path):
            samples, _ = audio.read(entry.path, sampling_rate=sampling_rate)
            if audio.is_silent(samples):
                return Skipped(entry.clip_id, "it is silent")
            path.parent.mkdir(parents=True, exist_ok=True)
            audio.write(path, samples, sampling_rate)
    except DataError as error:
        return Skipped(entry.clip_id, str(error))
    seconds = audio.info(path).duration
    return Clip(entry.clip_id, path, seconds, entry.tags, entry.captions, entry.unseen)


def _write(directory: Path, made: Sequence[Clip | Skipped]) -> list[Clip]:
    clips = [one for one in made if isinstance(one, Clip)]
    write_clips(directory, clips)
    return clips
