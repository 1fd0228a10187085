"""Titles of music: what a corpus lists of them, and their audio, converted once in several processes."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from musasr import kaldi, parallel
from musasr.audio.conversion import Source, convert
from musasr.corpora.contract import MAIN_GENRE, Skipped
from musasr.corpora.names import id_part
from musasr.corpora.room import check_room_for_wavs, seconds_of
from musasr.errors import MusasrError
from musasr.parallel import WHOLE, JobPart

SILENCE = 10 ** (-70 / 20)
"""A piece whose loudest sample lies below -70 dBFS is silent."""

JOURNAL = "converted.tsv"
PART_JOURNALS = "converted.*.tsv"  # one a part: machines cannot append to one file together
SHA256_DIGITS = 64
Note = tuple[int, str, str]  # of the journal: num_samples, origin, content


@dataclass(frozen=True)
class Kind:
    """What is kept as music dirs: its section of the settings; what messages call a piece, and a group."""

    section: str
    piece: str
    group: str


MUSIC = Kind("music", "title", "album")
VOICES = Kind("voices", "recording", "folder")


@dataclass(frozen=True)
class Title:
    """A title as its corpus lists it.

    `name` is what its recording id is made of. Titles of one `album` stay on one side of train, dev and test;
    a title without is an album of its own. `licence` is empty where the corpus says nothing.
    """

    name: str
    sources: tuple[Source, ...]
    genre: str = MAIN_GENRE
    album: str | None = None
    licence: str = ""

    @property
    def path(self) -> Path:
        """Where a message about it points."""
        return self.sources[0].path


@dataclass(frozen=True)
class Recording:
    """A title's audio in our form. `origin` is the SHA-256 of the files, `content` that of the samples."""

    title: Title
    wav: Path
    num_samples: int
    origin: str
    content: str

    @property
    def recording_id(self) -> str:
        """The name in the music dir: letters, digits and marks of the title, made unique by its content."""
        return _recording_id(self.title.name, self.origin)

    @property
    def album(self) -> str:
        """The album, or what stands for one."""
        return self.title.album or self.origin

    def piece(self, sampling_rate: int) -> kaldi.Piece:
        """The entry in a music dir."""
        return kaldi.Piece(self.recording_id, self.wav, self.num_samples / sampling_rate, self.title.genre)


def record(
    titles: Sequence[Title],
    output: Path,
    *,
    sampling_rate: int,
    num_jobs: int,
    part: JobPart = WHOLE,
    kind: Kind = MUSIC,
) -> tuple[list[Recording], list[Skipped]]:
    """Convert titles to mono wavs under output/wav; return those, in order, and what cannot be used.

    Each is read once: output/converted.tsv notes what is done, and a run that was stopped goes on from there.
    A part converts its share of the titles, notes it in a file of its own, and returns that share alone.

    Raises:
        StateError: There is no room for those that are not there.
    """
    from tqdm import tqdm

    output.mkdir(parents=True, exist_ok=True)
    journal = output / (JOURNAL if part.is_whole else f"converted.{part.number}.tsv")
    noted = dict(_read_journal(journal))
    journals = [output / JOURNAL, *sorted(output.glob(PART_JOURNALS))]
    known = {key: note for path in journals for key, note in _read_journal(path)}
    if part.makes_ready:
        left = [title for title in titles if _job(title, known, sampling_rate)[2] is None]
        what = f"the wavs of {len(left)} recordings"
        check_room_for_wavs(output, sum(map(_seconds, left)), what, sampling_rate=sampling_rate)
    titles = list(part.of(titles))
    work = partial(_record, folder=output.resolve() / "wav", sampling_rate=sampling_rate)
    jobs = (_job(title, known, sampling_rate) for title in titles)
    done = parallel.map_in_order(work, jobs, num_jobs=num_jobs)
    recordings, skipped = [], []
    with journal.open("a", encoding="utf-8") as notes:
        for key, result in tqdm(done, total=len(titles), desc=kind.section, unit="file", disable=None):
            if isinstance(result, Skipped):
                skipped.append(result)
                continue
            recordings.append(result)
            if key not in noted:
                # The line break comes first: an entry that a kill cut short spoils none that follows.
                notes.write(f"\n{key}\t{result.num_samples}\t{result.origin}\t{result.content}")
                notes.flush()
    if part.is_whole:
        for path in journals[1:]:
            path.unlink()
    return recordings, skipped


def _seconds(title: Title) -> float:
    return max(seconds_of(source.path, stream=source.stream) for source in title.sources)


def _job(title: Title, known: dict[str, Note], sampling_rate: int) -> tuple[Title, str, Note | None]:
    """A title, what the journal calls it in the state that its files are in, and what it says of it."""
    try:
        key = _key(title, sampling_rate)
    except OSError:  # whoever converts it will say so
        return title, "", None
    return title, key, known.get(key)


def _record(
    job: tuple[Title, str, Note | None], *, folder: Path, sampling_rate: int
) -> tuple[str, Recording | Skipped]:
    title, key, note = job
    try:
        origin = note[1] if note else _origin(title)
        wav = folder / f"{_recording_id(title.name, origin)}-{sampling_rate}.wav"
        if note and wav.is_file():
            return key, Recording(title, wav, *note)
        made = convert(title.sources, wav, sampling_rate=sampling_rate, silence=SILENCE)
    except (MusasrError, OSError) as error:
        return key, Skipped(os.fspath(title.path), str(error))
    if made is None:
        return key, Skipped(os.fspath(title.path), "silent throughout")
    return key, Recording(title, wav, made.num_samples, origin, made.content)


def _key(title: Title, sampling_rate: int) -> str:
    """A hash that changes where the title's files or what is made of them do."""
    states = [
        (os.fspath(source.path.absolute()), source.stream, stat.st_size, stat.st_mtime_ns)
        for source in title.sources
        for stat in (source.path.stat(),)
    ]
    return hashlib.sha256(repr((title.name, sampling_rate, states)).encode()).hexdigest()


def _origin(title: Title) -> str:
    """SHA-256 of the title's files, so that what follows from it depends on no name and no decoder."""
    digests = []
    for source in title.sources:
        with source.path.open("rb") as stream:
            digests.append((hashlib.file_digest(stream, "sha256").hexdigest(), source.stream))
    if len(digests) == 1 and digests[0][1] == 0:
        return digests[0][0]
    return hashlib.sha256(repr(digests).encode()).hexdigest()


def _recording_id(name: str, origin: str) -> str:
    return f"{id_part(name)}-{origin[:8]}"


def _read_journal(path: Path) -> Iterator[tuple[str, Note]]:
    """Yield the entries that are whole: each run that was killed may have left one that is not."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 4 and len(fields[3]) == SHA256_DIGITS:
                yield fields[0], (int(fields[1]), fields[2], fields[3])
