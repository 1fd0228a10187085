"""The film through `musasr transcribe`, with each system that is asked, timed."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musasr.atomic import write_json
from musasr.errors import StateError
from musasr.film.making import FilmFolder
from musasr.film.measuring import Measured, measure
from musasr.machine import processor_name
from musasr.recipe import done_marks
from musasr.recipe.run import Run
from musasr.recipe.systems import System
from musasr.transcribe.settings import load_settings


@dataclass(frozen=True)
class Transcription:
    """What a system made of the film: a folder's two files.

    Attributes:
        folder: Holds them.
    """

    folder: Path

    @property
    def transcript(self) -> Path:
        """As `musasr transcribe --format json` writes it."""
        return self.folder / "film.json"

    @property
    def measured(self) -> Path:
        """What it took, and on which machine."""
        return self.folder / "measured.json"


def transcription_of(system: System, film: FilmFolder) -> Transcription:
    """Where a system's transcription of a film stands."""
    return Transcription(film.root / system.name)


def transcribe_film(run: Run, film: FilmFolder) -> None:
    """Transcribe the film with each of the run's systems that has not done so.

    Raises:
        StateError: The film is not made, a system is not trained, or a transcription fails.
    """
    made_of = film_made_of(film)
    for system in run.systems:
        if not run.is_trained(system.name):
            mend = "train it: musasr train separators recognizers joint"
            raise StateError("is not trained", where=run.workdir.training(system.name), mend=mend)
        _transcribe(run, film, system, made_of)


def film_made_of(film: FilmFolder) -> Mapping[str, Any]:
    """The settings that a film was made with.

    Raises:
        StateError: There is no film.
    """
    path = film.root / done_marks.MARK
    if not path.is_file():
        raise StateError("no film is made", where=film.root, mend="run musasr film make")
    return json.loads(path.read_text(encoding="utf-8"))["settings"]


def _transcribe(run: Run, film: FilmFolder, system: System, made_of: Mapping[str, Any]) -> None:
    transcription = transcription_of(system, film)
    settings = {"film": made_of, "system": run.settings(system.name), "transcribe": load_settings()}
    voices = run.config["film"]["voices"]
    if voices is not None:
        settings["voices"] = _settings_of(Path(voices))
    if done_marks.is_done(transcription.folder, settings):
        print(f"{transcription.folder}: already done")
        return
    # What a stopped run left would be gone on from, and the time of the rest is no measurement.
    shutil.rmtree(transcription.folder, ignore_errors=True)
    transcription.folder.mkdir(parents=True)
    model = run.workdir.training(system.name)
    measured = measure(
        transcribe_command(film.film, model, transcription.folder, ngpu=run.asked.ngpu, voices=voices),
        threads=run.asked.nj,
    )
    if measured.status != 0 or not transcription.transcript.is_file():
        what = f"musasr transcribe ended with status {measured.status}"
        raise StateError(what, where=transcription.folder, mend="see its message above")
    write_json(transcription.measured, _with_machine(measured, run.asked.nj))
    done_marks.mark_done(transcription.folder, settings)


def transcribe_command(
    film: Path, model: Path, output: Path, *, ngpu: int, voices: str | None = None
) -> list[str]:
    """The command that leaves output/film.json; with a network of voices it says who speaks."""
    command = [sys.executable, "-m", "musasr", "transcribe", film, "--model", model, "-o", output]
    command += [] if voices is None else ["--diarize", "--voices", voices]
    return [*map(str, command), "--format", "json", "--ngpu", str(ngpu)]


def _settings_of(voices: Path) -> dict[str, Any]:
    """All that the speakers depend on."""
    from musasr.diarizers.embedders import check_embedder, digest_of_embedder
    from musasr.diarizers.settings import digests_of_segmenters
    from musasr.diarizers.settings import load_settings as load_diarization

    check_embedder(voices)
    settings = load_diarization(model=voices)
    segmenters = digests_of_segmenters(settings)
    return {"digest": digest_of_embedder(voices), "diarization": settings, "segmenters": segmenters}


def _with_machine(measured: Measured, threads: int) -> dict[str, Any]:
    return {**asdict(measured), "threads": threads, "machine": processor_name()}
