"""Files taken apart, one by one: first the estimates, chunk by chunk on disk, then the stems from them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from musasr import __version__, audio
from musasr.digests import digest_of, digest_of_file
from musasr.errors import DataError, check_room
from musasr.recognition.chunk_files import ChunkFiles
from musasr.recognition.long_separation import separate_blocks
from musasr.recognition.separation import Separator
from musasr.recognition.stem_files import peak_of, write_flacs, write_wavs
from musasr.recognition.stem_places import Place, are_made_of, comment_of
from musasr.recognition.stems import Blocks, Sources, stems_of


@dataclass(frozen=True)
class Settings:
    """What stems depend on besides the file and the model.

    Attributes:
        chunk_seconds: What the separator is given at once.
        overlap_seconds: How much of it two neighbours share.
        stems: Those that are written; None: all that the model has.
        suffix: "wav" or "flac".
        stream: The files' audio stream.
    """

    chunk_seconds: float
    overlap_seconds: float
    stems: tuple[str, ...] | None = None
    suffix: str = "wav"
    stream: int = 0


@dataclass(frozen=True)
class Stems:
    """What there is of a file.

    Attributes:
        source: The file.
        paths: Its stems.
        was_there: Whether an earlier run made them, of the same file with the same model and settings.
        peak: The largest sample of the stems, full scale 1, where they were divided by it; 1 where not.
    """

    source: Path
    paths: tuple[Path, ...]
    was_there: bool = False
    peak: float = 1.0


class FileSeparation:
    """A model and settings at work on files.

    Attributes:
        has_rest: Whether the last source that is not speech is what the file has and the others have not.
    """

    has_rest = True

    def __init__(self, separator: Separator, model: str, settings: Settings, *, sampling_rate: int):
        """Choose the sources.

        Args:
            separator: What separates.
            model: A digest of what it was made of.
            settings: The rest that the stems depend on.
            sampling_rate: At which the separator works, Hz.

        Raises:
            ConfigError: A stem is asked for that the model does not have.
        """
        self.separator, self.settings, self.sampling_rate = separator, settings, sampling_rate
        self.sources = Sources.of(separator.sources, settings.stems, has_rest=self.has_rest)
        self._made_of = {"model": model, "version": __version__, "rest": self.sources.rest}
        self._made_of |= {
            name: getattr(settings, name) for name in ("chunk_seconds", "overlap_seconds", "stream")
        }

    def __call__(
        self,
        place: Place,
        *,
        on_resume: Callable[[float], None] = lambda seconds: None,
        on_progress: Callable[[float], None] = lambda seconds: None,
    ) -> Stems:
        """Separate a file and write its stems, all or none, unless they are there.

        Args:
            place: The file, and where its stems go.
            on_resume: Is told how many seconds an earlier run has separated, if it was stopped.
            on_progress: Is told after each chunk how many seconds were done in it.

        Raises:
            DataError: The file is broken or empty, the estimates are no numbers, or a file that no
                separation made is in a stem's place. Nothing is written then.
            StateError: There is no room for the stems, or memory does not suffice.
        """
        targets = place.targets(self.sources.stems, self.settings.suffix)
        made_of = self._made_of | {
            "content": digest_of_file(audio.probe(place.source, stream=self.settings.stream).path)
        }
        key = digest_of(made_of | {"stems": self.sources.stems, "suffix": self.settings.suffix})
        if are_made_of(list(targets.values()), key):
            return Stems(place.source, tuple(targets.values()), was_there=True)
        chunks = ChunkFiles(_chunk_folder(place, digest_of(made_of | {"sources": self.sources.estimated})))
        check_room(place.folder, self._bytes_written(place.source), "the stems")
        with _cleared_on_error(chunks):
            if num_finished := chunks.num_finished():
                hop = self.settings.chunk_seconds - self.settings.overlap_seconds
                on_resume(num_finished * hop)
            seconds = self._separate(place.source, chunks, num_finished, on_progress)
            peak = self._write(place.source, chunks, targets, key, seconds)
        chunks.remove()
        return Stems(place.source, tuple(targets.values()), peak=peak)

    def _bytes_written(self, path: Path) -> float:
        """About how large a file's stems and the estimates for them are."""
        media = audio.probe(path, stream=self.settings.stream)
        samples = media.sampling_rate * len(self.sources.stems) + self.sampling_rate * len(
            self.sources.estimated
        )
        return 4 * samples * media.num_channels * media.duration

    def _separate(
        self, path: Path, chunks: ChunkFiles, num_finished: int, on_progress: Callable[[float], None]
    ) -> float:
        """Make the chunks that are missing, and return how long the file is, seconds."""
        num_samples = 0
        for chunk in separate_blocks(
            self.separator,
            self.sound(path),
            cue_of=self.cue_of(path),
            sampling_rate=self.sampling_rate,
            chunk_seconds=self.settings.chunk_seconds,
            overlap_seconds=self.settings.overlap_seconds,
            skip_chunks=num_finished,
            where=path,
        ):
            if chunk.estimates is not None:
                estimates = [chunk.estimates[source] for source in self.sources.estimated]
                chunks.put(chunk.index, np.stack(estimates))
            num_samples += chunk.mixture.shape[-1]
            on_progress(chunk.mixture.shape[-1] / self.sampling_rate)
        return num_samples / self.sampling_rate

    def _write(
        self, path: Path, chunks: ChunkFiles, targets: dict[str, Path], key: str, seconds: float
    ) -> float:
        """Write the stems, and return what they were divided by."""
        if self.settings.suffix == "wav":
            write_wavs(targets, self.stems(path, chunks), comment=comment_of(key), seconds=seconds)
            return 1.0
        peak = peak_of(self.stems(path, chunks))
        write_flacs(targets, self.stems(path, chunks), comment=comment_of(key), peak=peak)
        return max(1.0, peak)

    def sound(self, path: Path) -> Iterator[np.ndarray]:
        """What is separated of a file, in blocks (channels, T) at the separator's rate."""
        return audio.stream_channels(path, sampling_rate=self.sampling_rate, stream=self.settings.stream)

    def cue_of(self, path: Path) -> Callable[[int, int], Tensor] | None:
        """What the separator is given beside a file's sound: as `separate_blocks` takes it."""
        return None

    def stems(self, path: Path, chunks: ChunkFiles) -> Blocks:
        """Yield a file's stems from the chunks of its estimates (S, channels, T)."""
        settings = {"sampling_rate": self.sampling_rate, "stream": self.settings.stream}
        return stems_of(path, chunks, self.sources, **settings)


def _chunk_folder(place: Place, key: str) -> Path:
    return place.folder / f".{place.source.stem}.{key[:16]}.chunks"


@contextmanager
def _cleared_on_error(chunks: ChunkFiles) -> Iterator[None]:
    """Leave no chunks of a file that cannot be separated, nor the folders that were made for them."""
    folders = [folder for folder in chunks.folder.parents if not folder.exists()]
    try:
        yield
    except DataError:
        chunks.remove()
        for folder in folders:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()
        raise
