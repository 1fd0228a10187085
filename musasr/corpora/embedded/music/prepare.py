"""Music from Python packages alone: public-domain scores, arranged, rendered and, for one genre, sung."""

import copy
import functools
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from musasr import audio, kaldi
from musasr.corpora.contract import MAIN_GENRE, SUNG_GENRE, Skipped
from musasr.corpora.embedded.music import catalogue, render, scores, song, styles
from musasr.corpora.embedded.music.arrange import arrange
from musasr.corpora.embedded.music.catalogue import Title
from musasr.corpora.files import check_ours, is_whole_wav
from musasr.errors import DataError
from musasr.parallel import WHOLE, JobPart, map_in_order

STYLES = {
    "anime": styles.ANIME,
    "classical": styles.CLASSICAL,
    "jazz": styles.JAZZ,
    "popular": styles.POPULAR,
}
OUR_NAMES = re.compile(r".+-[0-9a-f]{8}\.wav")


@dataclass(frozen=True)
class Rendering:
    """What every title of a run shares."""

    output: Path
    sampling_rate: int
    seed: int
    level_db: float
    vocal_db: float

    def folder(self, set_name: str) -> Path:
        """Where the wav files of a set go."""
        return self.output / set_name / "wav"


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train_hours: float,
    dev_hours: float,
    test_hours: float,
    piece_seconds: Sequence[float],
    level_db: float,
    vocal_db: float,
    sung_fraction: float = 0.0,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Make the music dirs train, dev (anime) and test (anime, classical, jazz, popular) under `output`.

    Every file is a function of the settings and the seed alone; no composition is in two sets. A composition
    that cannot be parsed or rendered is replaced by the next one, so that the hours are kept.

    Args:
        output: Folder of the music dirs; wav files go to output/{set}/wav.
        sampling_rate: Hz.
        seed: Source of every draw.
        num_jobs: Worker processes.
        train_hours: Hours of music for training.
        dev_hours: Hours held out for validation.
        test_hours: Hours of each test genre.
        piece_seconds: Shortest and longest title.
        level_db: RMS of a title in dB relative to full scale.
        vocal_db: Level of the sung line over the band in dB (genre popular).
        sung_fraction: How much of train and dev is popular, with songs that the test does not have.
        part: What this job does of it: a part renders titles, and leaves those that fail to the whole, which
            replaces them.

    Returns:
        The compositions that had to be left out, with the reasons.

    Raises:
        DataError: If no composition of a set can be used.
        StateError: A wav stands there that is none of ours.
    """
    hours = _hours_of_genres(train_hours, dev_hours, test_hours, sung_fraction)
    rendering = Rendering(Path(output).resolve(), sampling_rate, seed, level_db, vocal_db)
    for set_name in hours:
        check_ours(rendering.folder(set_name), OUR_NAMES)
    failed: dict[scores.Source, Skipped] = {}
    if not part.is_whole:
        _render_all(_plan(hours, piece_seconds, seed, failed), rendering, num_jobs, part)
        return []
    while True:
        titles = _plan(hours, piece_seconds, seed, failed)
        results = _render_all(titles, rendering, num_jobs)
        failures = {
            t.source: result for t, result in zip(titles, results, strict=True) if isinstance(result, Skipped)
        }
        if not failures:
            break
        failed |= failures
    for set_name in hours:
        pieces = [piece for title, piece in zip(titles, results, strict=True) if title.set_name == set_name]
        _remove_others(rendering.folder(set_name), pieces)
        kaldi.write_music_dir(rendering.output / set_name, pieces)
    return list(failed.values())


def _hours_of_genres(
    train: float, dev: float, test: float, sung_fraction: float
) -> dict[str, dict[str, float]]:
    """Of each set the genres that it has, and the hours of each."""
    shares = {MAIN_GENRE: 1 - sung_fraction, SUNG_GENRE: sung_fraction}
    heard = {genre: share for genre, share in shares.items() if share > 0}
    training = {"train": train, "dev": dev}
    return {
        **{
            name: {genre: share * total for genre, share in heard.items()} for name, total in training.items()
        },
        "test": dict.fromkeys(STYLES, test),
    }


def _plan(
    hours: dict[str, dict[str, float]], piece_seconds: Sequence[float], seed: int, failed: dict
) -> list[Title]:
    """The titles of every set, made without the compositions that failed."""
    planned = []
    for set_name, genres in hours.items():
        for genre, its_hours in genres.items():
            titles = catalogue.titles(
                genre,
                set_name,
                hours=its_hours,
                piece_seconds=piece_seconds,
                seed=seed,
                without=frozenset(failed),
            )
            if not titles:
                first = next((f"the first one failed: {item.reason}" for item in failed.values()), None)
                raise DataError(f"no composition of {genre} could be used", where=set_name, mend=first)
            planned += titles
    return planned


def _render_all(
    titles: Sequence[Title], rendering: Rendering, num_jobs: int, part: JobPart = WHOLE
) -> list[kaldi.Piece | Skipped]:
    """The share's titles, in their order; those of one composition go to one worker, which parses it once."""
    from tqdm import tqdm

    by_source: dict[scores.Source, list[Title]] = {}
    for title in titles:
        by_source.setdefault(title.source, []).append(title)
    groups = list(part.of(by_source.values()))
    results: dict[str, kaldi.Piece | Skipped] = {}
    with tqdm(total=sum(map(len, groups)), desc="music", unit="title") as progress:
        work = functools.partial(_render_group, rendering=rendering)
        done = map_in_order(work, groups, num_jobs=num_jobs)
        for group, rendered in zip(groups, done, strict=True):
            results |= {title.recording_id: result for title, result in zip(group, rendered, strict=True)}
            progress.update(len(group))
    return [results[title.recording_id] for title in titles if title.recording_id in results]


def _render_group(titles: Sequence[Title], *, rendering: Rendering) -> list[kaldi.Piece | Skipped]:
    return [_render_or_skip(title, rendering) for title in titles]


def _render_or_skip(title: Title, rendering: Rendering) -> kaldi.Piece | Skipped:
    """The finished piece, or why there is none; a whole file that an earlier run left is kept."""
    folder, name = rendering.folder(title.set_name), _fingerprint(title, rendering)
    path, sung = (folder / f"{title.recording_id}-{kind}{name}.wav" for kind in ("", "singing-"))
    singing = sung if title.genre == SUNG_GENRE and title.set_name != "test" else None
    if not all(is_whole_wav(one) for one in (path, singing) if one):
        try:
            score = _score(title.source)
        # music21 raises all kinds of exceptions on editions that it cannot digest.
        except Exception as error:
            return Skipped(title.source.name, f"{type(error).__name__}: {error}")
        path.parent.mkdir(parents=True, exist_ok=True)
        rendered = render_title(score, title, rendering)
        audio.write(path, rendered.samples, rendering.sampling_rate)
        if singing:
            audio.write(singing, rendered.singing, rendering.sampling_rate)
    return kaldi.Piece(title.recording_id, path, audio.info(path).duration, title.genre, singing)


@dataclass(frozen=True)
class Rendered:
    """A title's samples (T,), float32, and what of them is sung (T,); None: nothing is."""

    samples: np.ndarray
    singing: np.ndarray | None


def render_title(score: scores.Score, title: Title, rendering: Rendering) -> Rendered:
    """The title: arranged, synthesised, sung over if it is popular, mastered."""
    generator = np.random.default_rng([rendering.seed, crc32(title.recording_id.encode())])
    rate = rendering.sampling_rate
    style = STYLES[title.genre][title.style]
    arrangement = arrange(score, style, duration=title.duration, generator=generator)
    dry = render.synthesise(arrangement.tracks, duration=title.duration, sampling_rate=rate)
    band = dry
    if title.genre == SUNG_GENRE:
        voice = song.sing(arrangement.melody, num_samples=len(dry), sampling_rate=rate, generator=generator)
        dry = song.over(dry, voice.samples, level_db=rendering.vocal_db)
    made = {"sampling_rate": rate, "level_db": rendering.level_db}
    again = copy.deepcopy(generator)
    samples = produce(dry, style, **made, generator=generator)
    if title.genre != SUNG_GENRE:
        return Rendered(samples, None)
    # All but the gains is linear, and those are of the whole: what the voice adds to the band is its part.
    return Rendered(samples, produce(dry, style, **made, generator=again, part=dry - band))


def produce(
    dry: np.ndarray,
    style: styles.Style,
    *,
    sampling_rate: int,
    level_db: float,
    generator: np.random.Generator,
    part: np.ndarray | None = None,
) -> np.ndarray:
    """What the band played (T,) as a record: in a room, brightened, evened out, at its level (RMS in dB).

    Args:
        dry: What was played.
        style: How such records sound.
        sampling_rate: Hz.
        level_db: RMS of the record.
        generator: Draws room and brightness.
        part: Some of what was played (T,): of it, what the record holds is returned. None: all of it.
    """
    room = {"seconds": generator.uniform(*style.room), "wet_db": generator.uniform(-14, -8)}
    again = copy.deepcopy(generator)
    wet = render.add_room(dry, sampling_rate=sampling_rate, generator=generator, **room)
    gain_db = generator.uniform(*style.brightness)
    bright = render.brighten(wet, sampling_rate=sampling_rate, gain_db=gain_db)
    even = render.compress(bright, sampling_rate=sampling_rate, amount=style.compression)
    whole = render.master(even, sampling_rate=sampling_rate, level_db=level_db)
    if part is None:
        return whole
    wet = render.add_room(part, sampling_rate=sampling_rate, generator=again, **room)
    bright_part = render.brighten(wet, sampling_rate=sampling_rate, gain_db=gain_db)
    return render.apply_gains(bright_part, of=bright, to=whole)


@functools.lru_cache(maxsize=2)
def _score(source: scores.Source) -> scores.Score:
    return scores.load(source)


def _fingerprint(title: Title, rendering: Rendering) -> str:
    """What the samples depend on, in eight letters: a file made with other settings is not taken for ours."""
    settings = (title, rendering.sampling_rate, rendering.seed, rendering.level_db, rendering.vocal_db)
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:8]


def _remove_others(folder: Path, pieces: Iterable[kaldi.Piece]) -> None:
    """Drop the files of an earlier run with other settings."""
    wanted = {os.fspath(path) for piece in pieces for path in (piece.path, piece.singing) if path}
    for path in folder.glob("*.wav"):
        if os.fspath(path) not in wanted:
            path.unlink()
