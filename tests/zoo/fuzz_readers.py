"""Feeds a reader bytes that a coverage-guided fuzzer chooses: python fuzz_readers.py READER FOLDER -runs=N

Whatever they are, a reader gives a value or one line of ours; anything else atheris reports as a crash.
"""

import os
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["musasr"]):
    from musasr import kaldi
    from musasr.corpora.csj import sdb
    from musasr.corpora.folder import read_details
    from musasr.corpora.tsv import read_rows
    from musasr.errors import MusasrError
    from musasr.mixing.plan import read_plan
    from musasr.recipe import config


def read_data_dir(path):
    """The table in a data dir whose other tables are sound."""
    audio = path.parent / "a.wav"
    audio.touch()
    tables = {"wav.scp": f"a {audio}\n", "text": "a x\n", "utt2spk": "a s\n"}
    for name, content in tables.items():
        if name != path.name:
            (path.parent / name).write_text(content)
    kaldi.read_utterances(path.parent)


READERS = {
    "scp": ("wav.scp", read_data_dir),
    "text": ("text", read_data_dir),
    "segments": ("segments", read_data_dir),
    "sdb": ("A01M0001.sdb", lambda path: list(sdb.read_rows(path))),
    "tsv": ("a.tsv", lambda path: list(read_rows(path, required=["audio", "text"], optional=["start"]))),
    "details": ("a.tsv", read_details),
    "plan": ("plan.tsv", read_plan),
    "yaml": ("a.yaml", config.load),
}


def main():
    """Fuzz one reader."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    file, read = READERS[name]
    path = folder / file

    def once(content):
        path.write_bytes(content)
        try:
            read(path)
        except MusasrError as error:
            if "\n" in str(error):
                raise RuntimeError(f"more than a line: {error}") from error

    os.chdir(folder)  # where a crash is kept
    atheris.Setup([sys.argv[0], *sys.argv[3:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
