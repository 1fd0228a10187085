"""The whole film: scenes made in processes, written in order as they come, with the truth beside them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from musasr.atomic import replacing
from musasr.corpora.contract import SETS
from musasr.errors import StateError, check_room
from musasr.film.cast import Cast
from musasr.film.container import BYTES_PER_SECOND, FilmWriter
from musasr.film.pictures import draw_scene
from musasr.film.production import Shot, Studio, Subtitle
from musasr.film.script import Scene, write_script
from musasr.film.soundtrack import Soundtrack
from musasr.film.spans import write_spans
from musasr.kaldi import read_table
from musasr.metrics.spelling import JAPANESE as LANGUAGE
from musasr.parallel import map_in_order
from musasr.recipe import done_marks
from musasr.recipe.filming import FilmSettings, film_settings
from musasr.recipe.run import Run

VERSION = 1  # raised where the same settings would give another film
EMBEDDED = "embedded"


@dataclass(frozen=True)
class FilmFolder:
    """Where a run's film stands; every property is a path.

    Attributes:
        root: The folder.
    """

    root: Path

    @property
    def film(self) -> Path:
        """The film."""
        return self.root / "film.mp4"

    @property
    def truth(self) -> Path:
        """Every word with its times, as a transcript."""
        return self.root / "truth.json"

    @property
    def spans(self) -> Path:
        """What each stretch holds."""
        return self.root / "spans.json"


def make_film(run: Run) -> FilmFolder:
    """Make the run's film, unless it is there.

    Raises:
        StateError: The speech corpus is not prepared, the film was made with other settings, or there is no
            room for it.
        ConfigError: No film can be made of the settings.
    """
    folder, settings = FilmFolder(run.workdir.film), film_settings(run.config)
    made_of = _all_that_it_depends_on(run.config, settings)
    if done_marks.is_done(folder.root, made_of):
        print(f"{folder.root}: already done")
        return folder
    studio = Studio(settings, run.config["sampling_rate"], run.config["seed"])
    scenes = _script(run, settings)
    need = 60 * settings.minutes * BYTES_PER_SECOND
    check_room(folder.root, need, f"a film of {settings.minutes:g} minutes and its truth")
    subtitles, spans = [], []
    total = round(60 * settings.minutes)
    bar = tqdm(total=total, desc="film", unit="s")
    with bar, replacing(folder.film) as temporary, _writer(temporary, studio) as writer:
        for shot in map_in_order(studio.shoot, scenes, num_jobs=run.asked.nj):
            writer.add(shot.samples, _pictures(shot, settings))
            subtitles += shot.subtitles
            spans.append(shot.span)
            bar.update(round(shot.span.end) - bar.n)
    num_words = _write_truth(subtitles, folder, duration=spans[-1].end, made_of=made_of)
    write_spans(spans, folder.spans)
    done_marks.mark_done(folder.root, made_of)
    print(f"{folder.film}: {spans[-1].end:g} s, {len(spans)} scenes, {num_words} words")
    return folder


def _all_that_it_depends_on(config: Mapping[str, Any], settings: FilmSettings) -> dict[str, Any]:
    """The known sentences and voices are a function of the speech corpus."""
    plain = asdict(settings)
    shared = {key: config[key] for key in ("seed", "sampling_rate", "speech")}
    return {"film": plain, **shared, "version": VERSION}


def _script(run: Run, settings: FilmSettings) -> Iterator[Scene]:
    config = run.config
    speech, seed = config["speech"], config["seed"]
    taken = [speech[f"{name}_speakers"] for name in SETS] if speech["type"] == EMBEDDED else []
    cast = Cast(
        settings,
        first_voice=sum(taken),
        known_texts=_known_texts(run),
        sampling_rate=config["sampling_rate"],
        seed=seed,
    )
    return write_script(settings, cast, Soundtrack(settings, seed=seed), seed=seed)


def _known_texts(run: Run) -> set[str]:
    """Every transcript of the speech corpus."""
    corpus = run.workdir.speech()
    if not (corpus / done_marks.MARK).is_file():
        what = "is not prepared, so that what no set holds is not known"
        raise StateError(what, where=corpus, mend="run musasr prepare speech")
    return {text for name in SETS for text in read_table(corpus / name / "text").values()}


def _writer(path: Path, studio: Studio) -> FilmWriter:
    width, height = studio.settings.picture_size
    return FilmWriter(
        path,
        sampling_rate=studio.sampling_rate,
        size=(width, height),
        pictures_per_second=studio.settings.pictures_per_second,
    )


def _pictures(shot: Shot, settings: FilmSettings) -> Iterator[Any]:
    rate, scene = settings.pictures_per_second, shot.scene
    width, height = settings.picture_size
    return draw_scene(
        scene.number,
        scene.kind,
        size=(width, height),
        first=round(scene.start * rate),
        num_pictures=round(scene.duration * rate),
    )


def _write_truth(
    subtitles: Iterable[Subtitle], folder: FilmFolder, *, duration: float, made_of: Mapping[str, Any]
) -> int:
    """Write the truth as a transcript; how many words it has."""
    from musasr.recognizers.reader import Word  # a second's work, in which no scene's process has to share
    from musasr.transcribe.transcript import Segment, Transcript, write_transcript

    segments = []
    for one in subtitles:
        words = tuple(Word(*word) for word in one.words)
        spelling = "".join(word.text for word in words)
        segments.append(Segment(words[0].start, words[-1].end, words, spelling, speaker=one.speaker))
    transcript = Transcript(
        folder.film.name, duration, tuple(segments), language=LANGUAGE, made_with={"film": dict(made_of)}
    )
    write_transcript(transcript, folder.truth)
    return len(transcript.words)
