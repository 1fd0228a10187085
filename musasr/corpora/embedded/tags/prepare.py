"""Scores and tunes to tagged wavs: every file a function of the settings and the seed alone."""

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np

from musasr import audio
from musasr.atomic import read_json, write_json
from musasr.corpora.contract import SETS, Skipped
from musasr.corpora.embedded.music import catalogue, render, scores, song
from musasr.corpora.embedded.music.arrange import Arrangement, arrange
from musasr.corpora.embedded.music.harmony import estimate_key
from musasr.corpora.embedded.music.prepare import produce
from musasr.corpora.embedded.music.scores import Score, Source
from musasr.corpora.embedded.music.styles import Style
from musasr.corpora.embedded.tags import intents, rules
from musasr.corpora.embedded.tags.compose import compose
from musasr.corpora.files import check_ours, is_whole_wav
from musasr.corpora.tagged import Track, write_tracks
from musasr.parallel import map_in_order

OUR_NAMES = re.compile(r"(train|dev|test)-\d{5}-[0-9a-f]{8}\.wav")
SCORES_OF = "anime"  # the genre of the catalogue whose sets are taken: it alone has all three
MINOR_FRACTION = 0.5  # of our own tunes
VOICE_DB = (0.0, 6.0)  # lowest and highest level of a voice over its band


@dataclass(frozen=True)
class Plan:
    """One piece to be made: without a source it is a tune of our own."""

    track_id: str
    set_name: str
    source: Source | None
    duration: float
    seed: int
    sampling_rate: int
    is_sung: bool = False

    @property
    def title(self) -> str:
        """The composition: a score's name, or one that no other piece has."""
        return self.source.name if self.source else f"tune-{self.track_id}"


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train_pieces: int,
    dev_pieces: int,
    test_pieces: int,
    piece_seconds: Sequence[float],
    scores_fraction: float,
    sung_fraction: float,
) -> list[Skipped]:
    """Make output/{train,dev,test}/{tracks.tsv,wav}; no composition is in two sets.

    Args:
        output: Folder of the sets.
        sampling_rate: Hz.
        seed: Source of every draw.
        num_jobs: Worker processes; they change nothing but the time.
        train_pieces: Pieces to train with.
        dev_pieces: Pieces to choose by.
        test_pieces: Pieces to measure with.
        piece_seconds: Shortest and longest.
        scores_fraction: How many of them are public-domain scores; the rest are tunes of our own.
        sung_fraction: How many of them have a voice for their melody.

    Returns:
        Scores that could not be read; tunes of our own stand in their place.

    Raises:
        StateError: A wav stands there that is none of ours.
    """
    from tqdm import tqdm

    counts = dict(zip(SETS, (train_pieces, dev_pieces, test_pieces), strict=True))
    for set_name in SETS:
        check_ours(output / set_name / "wav", OUR_NAMES)
    plans = [
        plan
        for set_name, count in counts.items()
        for plan in _plans(
            set_name, count, piece_seconds, scores_fraction, sung_fraction, seed, sampling_rate
        )
    ]
    made = map_in_order(functools.partial(_make, output=output.absolute()), plans, num_jobs=num_jobs)
    tracks, skipped = zip(*tqdm(made, total=len(plans), desc="music", unit="piece"), strict=True)
    for set_name in SETS:
        own = [one for one, plan in zip(tracks, plans, strict=True) if plan.set_name == set_name]
        _remove_others(output / set_name / "wav", own)
        write_tracks(output / set_name, own)
    return list({one.name: one for one in skipped if one is not None}.values())


def attributes_of(
    arrangement: Arrangement, *, is_minor: bool, duration: float, level_db: float, is_sung: bool
) -> rules.Attributes:
    """What is known of an arranged piece; notes that begin after its end do not count."""
    sung = sum(event.start < duration for event in arrangement.melody) if is_sung else 0
    notes: Counter[str] = Counter()
    for track in arrangement.tracks:
        notes[_instrument(track.program)] += sum(event.start < duration for event in track.events)
    playing = frozenset(name for name, count in notes.items() if count >= rules.LEAST_NOTES)
    style = arrangement.style
    density = sum(notes.values()) / duration
    return rules.Attributes(
        tempo=arrangement.tempo,
        is_minor=is_minor,
        notes_per_second=density,
        level_db=level_db,
        swing=style.swing[0],
        room_seconds=style.room[0],
        instruments=playing,
        is_sung=sung >= rules.LEAST_NOTES,
    )


def is_in_minor(score: Score) -> bool:
    """The mode of a score, by the time for which each pitch class sounds."""
    times = np.zeros(12)
    for note in (note for part in score.parts for note in part):
        times[note.pitch % 12] += note.duration
    return not estimate_key(times)[1]


def _plans(
    set_name: str,
    count: int,
    piece_seconds: Sequence[float],
    scores_fraction: float,
    sung_fraction: float,
    seed: int,
    sampling_rate: int,
) -> Iterator[Plan]:
    """The pieces of a set; each score comes once before any comes again."""
    generator = np.random.default_rng([seed, crc32(set_name.encode())])
    families = catalogue.families(SCORES_OF, set_name) if scores_fraction else ()
    sources = [source for listed, _ in families for source in listed]
    order = generator.permutation(len(sources))
    num_scores = 0
    for number in range(count):
        is_score = generator.random() < scores_fraction
        source = sources[order[num_scores % len(sources)]] if is_score else None
        num_scores += is_score
        duration = float(generator.uniform(*piece_seconds))
        is_sung = bool(generator.random() < sung_fraction)
        yield Plan(f"{set_name}-{number:05d}", set_name, source, duration, seed, sampling_rate, is_sung)


def _make(plan: Plan, *, output: Path) -> tuple[Track, Skipped | None]:
    """The track, and its score if that could not be read; what an earlier run left whole is kept."""
    path = output / plan.set_name / "wav" / f"{plan.track_id}-{_fingerprint(plan)}.wav"
    record = path.with_suffix(".json")
    if not (is_whole_wav(path) and record.is_file()):
        samples, made = _render(plan)
        write_json(record, made)
        audio.write(path, samples, plan.sampling_rate)
    made = read_json(record, mend="remove it, and prepare again", keys=("title", "skipped", "attributes"))
    known = rules.Attributes(**made["attributes"])
    track = Track(plan.track_id, path, made["title"], None, rules.station_of(known), rules.tags_of(known))
    return track, Skipped(plan.title, made["skipped"]) if made["skipped"] else None


def _render(plan: Plan) -> tuple[np.ndarray, dict]:
    """The samples (T,) and all that is known of the piece."""
    generator = np.random.default_rng([plan.seed, crc32(plan.track_id.encode())])
    score, is_minor, skipped = _score(plan, generator)
    intent = intents.draw_intent(is_minor=is_minor, generator=generator)
    style = intents.draw_style(intent, generator)
    level_db = float(generator.uniform(*intent.level_db))
    arrangement, dry = _played(plan, score, style, generator)
    samples = produce(dry, style, sampling_rate=plan.sampling_rate, level_db=level_db, generator=generator)
    known = attributes_of(
        arrangement, is_minor=is_minor, duration=plan.duration, level_db=level_db, is_sung=plan.is_sung
    )
    made = {
        "title": score.name,
        "skipped": skipped,
        "attributes": {**vars(known), "instruments": sorted(known.instruments)},
    }
    return samples, made


def _played(
    plan: Plan, score: Score, style: Style, generator: np.random.Generator
) -> tuple[Arrangement, np.ndarray]:
    """The arrangement and its samples (T,); of a piece that is sung no player leads but the voice."""
    rate = plan.sampling_rate
    own = replace(style, leads=()) if plan.is_sung else style
    arrangement = arrange(score, own, duration=plan.duration, generator=generator)
    band = render.synthesise(arrangement.tracks, duration=plan.duration, sampling_rate=rate)
    if not plan.is_sung or not arrangement.melody:
        return arrangement, band
    voice = song.sing(arrangement.melody, num_samples=len(band), sampling_rate=rate, generator=generator)
    return arrangement, song.over(band, voice.samples, level_db=float(generator.uniform(*VOICE_DB)))


def _score(plan: Plan, generator: np.random.Generator) -> tuple[Score, bool, str | None]:
    """The composition, its mode, and why it is not the planned one, if so."""
    skipped = None
    if plan.source is not None:
        try:
            score = _load(plan.source)
            return score, is_in_minor(score), None
        # music21 raises all kinds of exceptions on editions that it cannot digest.
        except Exception as error:
            skipped = f"{type(error).__name__}: {error}"
    is_minor = bool(generator.random() < MINOR_FRACTION)
    return compose(f"tune-{plan.track_id}", is_minor=is_minor, generator=generator), is_minor, skipped


@functools.lru_cache(maxsize=2)
def _load(source: Source) -> Score:
    return scores.load(source)


def _instrument(program: int | None) -> str:
    if program is None:
        return rules.DRUMS
    return next((name for name, programs in rules.INSTRUMENTS.items() if program in programs), "other")


def _fingerprint(plan: Plan) -> str:
    """What the samples depend on, in eight letters: a file made with other settings is not taken for ours."""
    return hashlib.sha256(repr(plan).encode()).hexdigest()[:8]


def _remove_others(folder: Path, tracks: Sequence[Track]) -> None:
    """Drop the files of an earlier run with other settings."""
    wanted = {one.path.stem for one in tracks}
    for path in (*folder.glob("*.wav"), *folder.glob("*.json")):
        if path.stem not in wanted:
            path.unlink()
