"""How long the manifests of a large corpus take to validate, and how much memory.

    tools/venv/bin/python tools/benchmark_manifests.py [--utterances 600000] [--folder DIR]

Generates two Kaldi data dirs, one with a file for every utterance and one with segments of longer recordings,
and validates each in a process of its own. Validation reads no audio, so the audio files are empty.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from musasr import kaldi

PER_TALK = 200
TEXT = "それ で は 音声 認識 の 実験 に つい て お 話し し ます 音楽 の 下 で も 言葉 を 聞き取り ます"
TABLES = ("text", "utt2spk", "spk2utt", "utt2num_samples", "wav.scp")


def main() -> None:
    """Generate, validate, print a line for each data dir."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--utterances", type=int, default=600_000, metavar="N")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where they are generated (temporary)")
    args = parser.parse_args()
    for has_segments in (False, True):
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            directory = Path(folder) / ("segments" if has_segments else "files")
            generate(directory, args.utterances, has_segments=has_segments)
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                print(f"{directory.name}: {process.submit(measure, directory).result()}", flush=True)


def measure(directory: Path) -> str:
    """Validate a data dir and say what it took, the process's peak of memory included."""
    started = time.monotonic()
    counts = kaldi.validate(directory)
    seconds = time.monotonic() - started
    peak = int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    what = f"{counts.num_utterances:,} utterances in {counts.num_recordings:,} recordings"
    return f"{what}: {seconds:.1f} s, {peak:.0f} MiB"


def generate(directory: Path, num_utterances: int, *, has_segments: bool) -> None:
    """Write a data dir of talks: each is a speaker and, with segments, a recording."""
    directory.mkdir(parents=True)
    with ExitStack() as stack:
        names = (*TABLES, "segments") if has_segments else TABLES
        tables = {name: stack.enter_context((directory / name).open("w")) for name in names}
        for talk, keys in talks(num_utterances):
            folder = directory / "wav" / talk
            folder.mkdir(parents=True)
            tables["spk2utt"].write(f"{talk} {' '.join(keys)}\n")
            for recording in [talk] if has_segments else keys:
                (folder / f"{recording}.wav").touch()
                tables["wav.scp"].write(f"{recording} {folder / recording}.wav\n")
            for number, key in enumerate(keys):
                tables["text"].write(f"{key} {TEXT}\n")
                tables["utt2spk"].write(f"{key} {talk}\n")
                tables["utt2num_samples"].write(f"{key} 64000\n")
                if has_segments:
                    tables["segments"].write(f"{key} {talk} {5 * number:.2f} {5 * number + 4:.2f}\n")


def talks(num_utterances: int) -> Iterator[tuple[str, list[str]]]:
    """Yield (talk, its utterances' ids), in order."""
    for start in range(0, num_utterances, PER_TALK):
        talk = f"talk{start // PER_TALK:05d}"
        yield talk, [f"{talk}_{number:04d}" for number in range(min(PER_TALK, num_utterances - start))]


if __name__ == "__main__":
    main()
