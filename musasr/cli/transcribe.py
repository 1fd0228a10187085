"""``musasr transcribe``: films, broadcasts and recordings into subtitles."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.errors import ConfigError, DataError
from musasr.recipe.transcription_keys import INPUTS

if TYPE_CHECKING:
    from musasr.music_tags.tagger import Tagger
    from musasr.transcribe.files import FileTranscriber, Transcribed
    from musasr.transcribe.finished import Finished
    from musasr.transcribe.outputs import Outputs

WORK = Path("work")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE|FOLDER", help="audio or video, folders of such, patterns"
    )
    what = (
        "exp/<system> of a recipe, ESPnet's folder or zip, Whisper's folder, whisper:NAME (our best in work/)"
    )
    parser.add_argument("--model", metavar="MODEL", help=what)
    parser.add_argument("--separator", metavar="DIR|none", help="exp/<system> whose separator goes in front")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="gets the subtitles (beside the file)"
    )
    formats = "of srt, vtt, ass, txt, ctm, json, html (srt)"
    parser.add_argument("--format", default="srt", metavar="LIST", help=formats)
    parser.add_argument("--input", choices=INPUTS, help="what the recogniser hears (auto)")
    parser.add_argument("--language", metavar="CODE", help="such as ja, for a recogniser that knows several")
    parser.add_argument("--diarize", action="store_true", help="say who speaks")
    what = "network of voices, as for musasr diarize --model (the last that was trained in work/)"
    parser.add_argument("--voices", type=Path, metavar="MODEL", help=what)
    what = "folder of a trained tagger, as for musasr tag: music between the lines gets a cue"
    parser.add_argument("--tag_music", type=Path, metavar="DIR", help=what)
    parser.add_argument("--stream", type=int, default=0, metavar="N", help="audio stream of each file (0)")
    parser.add_argument("--ngpu", type=int, default=0, choices=(0, 1), help="1: on the GPU (0)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that we did not write")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY.PATH=VALUE", help="change conf/transcribe.yaml"
    )
    parser.add_argument("--json", action="store_true", help="print figures of each file as JSON")


def run(args: argparse.Namespace) -> None:
    """Transcribe each file; one that fails does not stop the others.

    Raises:
        ConfigError: An option, the model or a setting is wrong, or a file of somebody else is in the way.
        DataError: A path is not there, or a file could not be transcribed.
        StateError: The model is not trained.
    """
    from musasr import audio
    from musasr.transcribe.outputs import outputs_of
    from musasr.transcribe.settings import load_settings

    changes = [*args.set, *([f"input.kind={args.input}"] if args.input else [])]
    settings = load_settings(changes)
    media = audio.find_media(args.files)
    outputs = outputs_of(media, args.output, args.format, overwrite=args.overwrite)
    model = _model(args, settings)
    voices = _voices(args)
    finished = _finished(args, model, voices, settings)
    transcriber: FileTranscriber | None = None
    failed, figures = [], []
    for one in outputs:
        told = finished.figures(one)
        if told is None and transcriber is None:
            transcriber = _load(args, model, voices, settings)
        try:
            if told is None:
                told = _figures(_transcribe(transcriber, one))
                finished.note(one, told)
        except DataError as error:
            if len(outputs) == 1:
                raise
            print(f"musasr: error: {error}", file=sys.stderr)
            failed.append(one)
            continue
        figures.append(told)
        if not args.json:
            print(*one.paths.values(), sep="\n", flush=True)
    if args.json:
        print(json.dumps(figures, indent=2, ensure_ascii=False))
    if failed:
        raise DataError(f"{len(failed)} of {len(outputs)} files could not be transcribed", mend="see above")


def _model(args: argparse.Namespace, settings: dict[str, Any]) -> Path | str:
    """The system that is asked for, or our best; what the options say of the settings is put into these."""
    if args.separator == "none" and settings["input"]["kind"] == "auto":
        settings["input"]["kind"] = "raw"
    if args.stream < 0:
        raise ConfigError("streams are numbered from 0", where="--stream", mend="give 0 or more")
    if args.model:
        return args.model
    from musasr.transcribe.system import find_best_system

    model = find_best_system(WORK)
    print(f"musasr: transcribing with {model}", file=sys.stderr)
    return model


def _finished(
    args: argparse.Namespace, model: Path | str, voices: Path | None, settings: dict[str, Any]
) -> "Finished":
    """What of the recordings is finished."""
    from musasr.diarizers.settings import digests_of_segmenters, load_settings
    from musasr.transcribe.finished import Finished, asked_for

    options = {name: getattr(args, name) for name in ("stream", "language", "separator")}
    if voices is not None:
        options["diarization"] = load_settings(model=voices)
        options["segmenters"] = digests_of_segmenters(options["diarization"])
    models = {"model": model, "front": _separator(args), "voices": voices, "tagger": args.tag_music}
    models["segmenter"] = settings["segments"]["segmenter"]
    return Finished(asked_for(models, **options, settings=settings))


def _separator(args: argparse.Namespace) -> Path | None:
    return Path(args.separator) if args.separator not in (None, "none") else None


def _voices(args: argparse.Namespace) -> Path | None:
    """The network that tells speakers apart, where that is asked."""
    if not args.diarize:
        if args.voices is not None:
            raise ConfigError("nobody is to be told apart", where="--voices", mend="add --diarize")
        return None
    from musasr.diarizers.embedders import check_embedder
    from musasr.transcribe.speakers import find_voices

    voices = args.voices or find_voices(WORK)
    check_embedder(voices)
    return voices


def _load(
    args: argparse.Namespace, model: Path | str, voices: Path | None, settings: dict[str, Any]
) -> "FileTranscriber":
    """The system at work. (What it imports takes seconds: it comes after all else.)"""
    from musasr.diarizers.settings import load_settings, note_threshold
    from musasr.transcribe.by_tag import Listener
    from musasr.transcribe.files import FileTranscriber
    from musasr.transcribe.music import MusicFinder
    from musasr.transcribe.settings import note_speech_network
    from musasr.transcribe.speakers import SpeakerFinder
    from musasr.transcribe.system import load_system

    note_speech_network(settings)
    device = "cuda" if args.ngpu else "cpu"
    speakers = None
    if voices is not None:
        diarization = load_settings(model=voices)
        note_threshold(voices, diarization)
        speakers = SpeakerFinder(voices, diarization, device)
    tagger = _tagger(args.tag_music, device)
    options = {"separator": _separator(args), "device": device, "language": args.language}
    options |= {"listener": tagger and Listener(tagger.answers, tagger.labels.all(), tagger.digest)}
    system = load_system(model, settings, with_separator=args.separator != "none", **options)
    music = tagger and MusicFinder(tagger.words, tagger.digest)
    return FileTranscriber(system, settings, stream=args.stream, speakers=speakers, music=music)


def _tagger(directory: Path | None, device: str) -> "Tagger | None":
    """What describes music, where that is asked."""
    if directory is None:
        return None
    from musasr.music_tags.tagger import Tagger

    return Tagger(directory, device=device)


def _transcribe(transcriber: "FileTranscriber", outputs: "Outputs") -> "Transcribed":
    from tqdm import tqdm

    form = "{desc}: {percentage:3.0f}% of {total:.0f} s |{bar}| {elapsed}, {remaining} left"
    with tqdm(total=1.0, desc=outputs.media.name, leave=False, bar_format=form, delay=0.5) as bar:

        def on_begin(done: float, duration: float) -> None:
            bar.total, bar.initial, bar.n = duration, done, done
            if 0 < done < duration:
                bar.write(f"musasr: {outputs.media}: goes on after {done:.0f} s", file=sys.stderr)

        return transcriber(outputs, on_begin=on_begin, on_chunk=lambda end: bar.update(end - bar.n))


def _figures(done: "Transcribed") -> dict[str, Any]:
    transcript = done.transcript
    return {
        "source": str(done.outputs.media),
        "outputs": [str(path) for path in done.outputs.paths.values()],
        "duration": transcript.duration,
        "num_segments": len(transcript.segments),
        "num_words": len(transcript.words),
        "seconds": round(done.seconds, 2),
        "real_time_factor": round(done.seconds / transcript.duration, 4) if transcript.duration else None,
        "made_with": dict(transcript.made_with),
    }
