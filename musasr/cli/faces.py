"""What ``musasr separate`` does with a model that looks: a stem a face."""

import argparse
import sys
from pathlib import Path

from musasr.errors import DataError

LOOKS = "looking_to_listen"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a model that looks."""
    parser.add_argument(
        "--faces",
        metavar="BOXES",
        help="where the faces stand, x,y,width,height in fractions of the picture: '0,0,0.5,1;0.5,0,0.5,1'",
    )
    parser.add_argument("--face", metavar="left|right|N", help="whose voice, from the left (all)")
    parser.add_argument("--film", action="store_true", help="write a film with each voice alone, too")


def is_looking(model: Path) -> bool:
    """Whether a model's folder is of one that looks."""
    path = model / "config.yaml"
    if not path.is_file():
        return False
    with path.open(encoding="utf-8") as file:
        return any(line.split() == ["system:", LOOKS] for line in file)


def run(args: argparse.Namespace) -> None:
    """Write NAME_face1.wav, NAME_face2.wav ... of each film; one that fails does not stop the others.

    Raises:
        ConfigError: The model does not look, or is not for as many faces.
        DataError: A film could not be separated.
        StateError: The model is not trained.
    """
    from musasr.looking_to_listen import building, film
    from musasr.recognition import stem_places

    places = stem_places.find_places(args.files, args.output)
    model, config = building.load(args.model)
    boxes = film.faces_of(args.faces, model.network.num_sources)
    chosen = film.chosen_faces(args.face, len(boxes))
    stem_places.check_targets(places, [model.sources[index] for index in chosen], args.format)
    failed = []
    for place in places:
        try:
            voices = film.separate_film(model, config, place.source, boxes)
            _write(place, voices, {model.sources[index]: index for index in chosen}, args)
        except DataError as error:
            if len(places) == 1:
                raise
            print(f"musasr: error: {error}", file=sys.stderr)
            failed.append(place.source)
    if failed:
        raise DataError(f"{len(failed)} of {len(places)} films could not be separated", mend="see above")


def _write(place: object, voices: object, chosen: dict[str, int], args: argparse.Namespace) -> None:
    """A film's stems, as wavs or flacs, and films where they are wanted."""
    from musasr.audio.remuxing import with_sound
    from musasr.digests import digest_of
    from musasr.recognition import stem_files, stem_places

    stems = {name: voices.samples[index][None] for name, index in chosen.items()}
    targets, rate = place.targets(list(stems), args.format), voices.sampling_rate
    key = digest_of({"model": str(args.model), "faces": args.faces})
    stem_places.are_made_of(list(targets.values()), key)
    writing = {"comment": stem_places.comment_of(key)}
    if args.format == "wav":
        seconds = voices.samples.shape[1] / rate
        stem_files.write_wavs(targets, iter([(stems, rate)]), seconds=seconds, **writing)
    else:
        peak = stem_files.peak_of(iter([(stems, rate)]))
        stem_files.write_flacs(targets, iter([(stems, rate)]), peak=peak, **writing)
    for name, target in targets.items():
        print(target)
        if args.film:
            print(film := target.with_suffix(".mp4"))
            with_sound(place.source, stems[name][0], rate, film)
