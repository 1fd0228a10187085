"""The files of a transcription: which, where, and that nobody else's are written over."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.atomic import write_json
from musasr.digests import digest_of_file
from musasr.errors import ConfigError, known_names
from musasr.transcribe.subtitles import KINDS, write_subtitles
from musasr.transcribe.transcript import Transcript, write_transcript

if TYPE_CHECKING:
    from musasr.transcribe.picture import Picture

PAGE = "html"
FORMATS = (*KINDS, "json", PAGE)
HIDDEN = ".musasr"  # a folder beside the outputs: what is done of them, and which files are ours
OURS = "written.json"


@dataclass(frozen=True)
class Outputs:
    """The files that one recording gives.

    Attributes:
        media: The recording.
        folder: Gets them.
        formats: Of `FORMATS`.
    """

    media: Path
    folder: Path
    formats: tuple[str, ...]

    @property
    def paths(self) -> dict[str, Path]:
        """Format -> its file, NAME.format."""
        return {kind: self.folder / f"{self.media.stem}.{kind}" for kind in self.formats}

    @property
    def progress(self) -> Path:
        """What is done of it."""
        return self.folder / HIDDEN / f"{self.media.name}.jsonl"

    @property
    def finished(self) -> Path:
        """What it was made of, once all is written."""
        return self.folder / HIDDEN / f"{self.media.name}.finished.json"

    @property
    def speakers(self) -> Path:
        """Who speaks when in it, once that was asked and found."""
        return self.folder / HIDDEN / f"{self.media.name}.speakers.json"

    @property
    def music(self) -> Path:
        """What music is between its lines, once that was asked and found."""
        return self.folder / HIDDEN / f"{self.media.name}.music.json"

    def are_written(self) -> bool:
        """Whether all files are there as we wrote them."""
        written = self._written()
        return all(
            path.is_file() and written.get(path.name) == digest_of_file(path) for path in self.paths.values()
        )

    def check(self, *, overwrite: bool) -> None:
        """See that nothing is in the way that we did not write, or that was changed since.

        Raises:
            ConfigError: Something is.
        """
        written = self._written()
        for path in self.paths.values():
            if path.is_dir():
                mend = "remove it, or name another folder with -o"
                raise ConfigError("is a folder in the place of a file", where=path, mend=mend)
            if path.exists() and path.samefile(self.media):
                raise ConfigError("is the recording itself", where=path, mend="name another folder with -o")
            if path.is_file() and not overwrite and written.get(path.name) != digest_of_file(path):
                mend = "give --overwrite, or another folder with -o"
                raise ConfigError("is there already, and not as we wrote it", where=path, mend=mend)

    def write(
        self, transcript: Transcript, settings: Mapping[str, Any], *, picture: "Picture | None" = None
    ) -> None:
        """Write all formats, each whole, complete or not.

        Args:
            transcript: What they say.
            settings: The section ``subtitles``.
            picture: What the page draws.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for kind, path in self.paths.items():
            if kind == "json":
                write_transcript(transcript, path)
            elif kind == PAGE:
                from musasr.transcribe.page import write_page  # with torch: not who only looks what is there

                write_page(transcript, self.media, path, settings=settings, picture=picture)
            else:
                write_subtitles(transcript, path, kind=kind, settings=settings)
        written = self._written() | {path.name: digest_of_file(path) for path in self.paths.values()}
        write_json(self.folder / HIDDEN / OURS, written)

    def _written(self) -> dict[str, str]:
        try:
            content = json.loads((self.folder / HIDDEN / OURS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


def outputs_of(
    media: Sequence[Path], folder: Path | None, formats: str, *, overwrite: bool = False
) -> list[Outputs]:
    """The outputs of recordings, checked before anything is done.

    Args:
        media: The recordings.
        folder: Gets the files; None: the folder of each recording.
        formats: Such as "srt,json".
        overwrite: Whether files that we did not write may be replaced.

    Raises:
        ConfigError: A format is unknown, two recordings would write one file, or a file is in the way.
    """
    kinds = known_names(formats, FORMATS, what="format", where="--format")
    if folder is not None and folder.exists() and not folder.is_dir():
        raise ConfigError("is a file, not a folder", where=folder, mend="name another folder with -o")
    outputs = [Outputs(path, folder or path.parent, kinds) for path in media]
    _check_alone(outputs)
    for one in outputs:
        one.check(overwrite=overwrite)
    return outputs


def _check_alone(outputs: Iterable[Outputs]) -> None:
    first: dict[Path, Path] = {}
    for one in outputs:
        key = one.folder.resolve() / one.media.stem
        other = first.setdefault(key, one.media)
        if other is not one.media:
            what = f"has the name of {other}: their subtitles would be one"
            raise ConfigError(what, where=one.media, mend="transcribe them into folders of their own with -o")
