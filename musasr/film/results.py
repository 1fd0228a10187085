"""results.json and film.md of a film: every system's figures, and what it took."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.atomic import write_json, write_text
from musasr.errors import StateError
from musasr.film.making import FilmFolder
from musasr.film.scoring import score
from musasr.film.spans import read_spans
from musasr.film.transcribing import film_made_of, transcription_of
from musasr.recipe.run import Run
from musasr.recipe.systems import System
from musasr.transcribe.transcript import read_transcript

NO_FIGURE = "-"
AIMS = (
    "Aims: words begin and end within 0.15 s of where they truly do in the median; below 1 word a minute over"
    " music alone; real-time factor 0.3 on two cores."
)


def collect(run: Run, film: FilmFolder, commit: str) -> dict[str, Any]:
    """What results.json holds: ``config``, ``commit``, ``film``, ``systems``.

    Raises:
        StateError: The film is not made, or a system has not transcribed it.
    """
    made_of = film_made_of(film)
    truth, spans = read_transcript(film.truth), read_spans(film.spans)
    return {
        "config": run.config,
        "commit": commit,
        "film": {
            "seconds": truth.duration,
            "num_scenes": len(spans),
            "num_segments": len(truth.segments),
            "num_words": len(truth.words),
            "settings": made_of["film"],
        },
        "systems": [
            {"system": system.name, **_figures(system, film, truth, spans, seed=run.config["seed"])}
            for system in run.systems
        ],
    }


def _figures(system: System, film: FilmFolder, truth, spans, *, seed: int) -> dict[str, Any]:
    transcription = transcription_of(system, film)
    if not transcription.measured.is_file():
        raise StateError("has not transcribed the film", where=system.name, mend="run musasr film transcribe")
    took = json.loads(transcription.measured.read_text(encoding="utf-8"))
    transcript = read_transcript(transcription.transcript)
    took["real_time_factor"] = took["seconds"] / truth.duration
    segmenter = transcript.made_with.get("segmenter")
    return score(truth, transcript, spans, seed=seed) | {"took": took, "segmenter": segmenter}


def write(results: Mapping[str, Any], film: FilmFolder) -> list[Path]:
    """Write results.json and film.md into the film's folder."""
    return [
        write_json(film.root / "results.json", results),
        write_text(film.root / "film.md", table(results)),
    ]


def table(results: Mapping[str, Any]) -> str:
    """The figures of all systems as Markdown."""
    systems = results["systems"]
    film = results["film"]
    counts = f"{film['num_scenes']} scenes, {film['num_segments']} sentences, {film['num_words']} words"
    heading = f"A film of {film['seconds'] / 60:g} min: {counts}.\n"
    rows = [_heading(systems), *(_row(system) for system in systems)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|---" + "|---:" * (len(rows[0]) - 1) + "|")
    return "\n".join([heading, *lines, "", *_notes(systems), ""])


def _heading(systems: Sequence[Mapping[str, Any]]) -> list[str]:
    snrs = [one["snr_db"] for one in systems[0]["by_snr"]]
    return [
        "system",
        "WER %",
        "where speech is",
        *("clean" if snr_db is None else f"{snr_db:g} dB" for snr_db in snrs),
        "CER %",
        "by sound %",
        "precision %",
        "recall %",
        "sentences found %",
        "start s (median / 95 %)",
        "end s (median / 95 %)",
        "words/min of music",
        "of song",
        "real-time factor",
        "memory MiB",
        *(["speakers: DER %", "JER %", "cpWER %"] if _tells_speakers(systems) else []),
    ]


def _row(system: Mapping[str, Any]) -> list[str]:
    segments, timing, took = system["segments"], system["timing"], system["took"]
    per_minute = system["words_per_minute"]
    return [
        f"`{system['system']}`",
        _figure(system["wer"]),
        _figure(system["wer_speech"]),
        *(_figure(one["wer"]) for one in system["by_snr"]),
        _figure(system["cer"]),
        _figure(system["cer_by_sound"]),
        _figure(segments["frame_precision"], 100),
        _figure(segments["frame_recall"], 100),
        _figure(segments["recall"], 100),
        f"{_figure(timing['start_median'])} / {_figure(timing['start_p95'])}",
        f"{_figure(timing['end_median'])} / {_figure(timing['end_p95'])}",
        _figure(per_minute["music"]),
        _figure(per_minute["song"]),
        _figure(took["real_time_factor"]),
        f"{took['peak_mib']:.0f}",
        *_speakers(system),
    ]


def _tells_speakers(systems: Sequence[Mapping[str, Any]]) -> bool:
    return any(system.get("speakers") for system in systems)


def _speakers(system: Mapping[str, Any]) -> list[str]:
    speakers = system.get("speakers")
    return [] if not speakers else [_figure(speakers[name]) for name in ("der", "jer", "cpwer")]


def _notes(systems: Sequence[Mapping[str, Any]]) -> list[str]:
    took = systems[0]["took"]
    segmenters = sorted({system["segmenter"] for system in systems if system["segmenter"]})
    return [
        "Precision and recall count frames of 10 ms; a sentence is found where a segment of the transcription"
        " shares more than half of the union with it. By sound: characters as they are spoken, however spelt."
        " Times are of words that were recognised right.",
        *([f"Speech found by {', '.join(segmenters)}."] if segmenters else []),
        f"Measured on {took['machine']}, {took['threads']} threads. {AIMS}",
    ]


def _figure(value: float | None, scale: float = 1.0) -> str:
    return NO_FIGURE if value is None else f"{scale * value:.2f}"
