"""The clips of a run's sets, made or taken over, and what mixers draw from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.corpora.contract import Skipped
from musasr.corpora.embedded.faces.prepare import prepare as draw_films
from musasr.corpora.embedded.music.prepare import prepare as render_music
from musasr.corpora.talking.clips import TABLE, write_clips
from musasr.corpora.talking.detectors import check_detector
from musasr.corpora.talking.prepared import Prepared, Rates, prepare_tracks
from musasr.corpora.talking.readers import READERS, split_by_speaker, with_side_files
from musasr.errors import ConfigError, DataError
from musasr.looking_to_listen.keys import SETS
from musasr.looking_to_listen.kinds import KINDS, check_pictures, has_music
from musasr.looking_to_listen.mixtures import Mixer
from musasr.looking_to_listen.noise import Beside, MadeNoise, Recordings
from musasr.looking_to_listen.words.scenes import Scenes

MUSIC_PIECE_SECONDS, MUSIC_LEVEL_DB, MUSIC_VOCAL_DB = (20.0, 40.0), -26.0, 6.0


def prepare(config: Mapping[str, Any], data: Path, *, num_jobs: int) -> dict[str, list[Skipped]]:
    """Make data/films (the drawn talking heads), data/faces of every set, and the music where it is wanted.

    Returns:
        The clips of each set that were left out.

    Raises:
        ConfigError: There are not enough different sentences, or the detector of faces is not installed.
        DataError: A set's clips cannot be used.
    """
    corpus = config["corpus"]
    if corpus["face_detector"] is not None:
        check_detector(corpus["face_detector"], where="corpus.face_detector")
    source, skipped = _films(config, data, num_jobs)
    if has_music(config):
        _prepare_music(config, data, num_jobs)
    rates = Rates(
        corpus["crop_size"],
        config["sampling_rate"],
        config["pictures_per_second"],
        config["mixing"]["seconds"],
    )
    options = {"num_jobs": num_jobs, "face_detector": corpus["face_detector"]}
    left_out = {name: prepare_tracks(source / name, data / "faces" / name, rates, **options) for name in SETS}
    return left_out | ({"films": skipped} if skipped else {})


def _films(config: Mapping[str, Any], data: Path, num_jobs: int) -> tuple[Path, list[Skipped]]:
    """The folder whose sets have a clips.tsv each, made where the layout says so, and what was left out."""
    corpus, made = config["corpus"], data / "films"
    if corpus["layout"] == "embedded":
        _draw(config, made, num_jobs)
        return made, []
    if corpus["folder"] is None:
        what = f"the layout {corpus['layout']} wants a folder"
        raise ConfigError(what, where="corpus.folder", mend="name the folder of the films")
    folder = Path(corpus["folder"])
    if corpus["layout"] == "clips":
        return folder, []
    table = None if corpus["table"] is None else Path(corpus["table"])
    options = {"table": table, "face": corpus["face"], "face_size": corpus["face_size"]}
    clips, skipped = READERS[corpus["layout"]](folder, **options)
    for name, of_set in split_by_speaker(with_side_files(clips), corpus["speakers"]).items():
        write_clips(made / name, of_set)
    return made, skipped


def _draw(config: Mapping[str, Any], output: Path, num_jobs: int) -> None:
    corpus = config["corpus"]
    draw_films(
        output,
        # The training set last: it can change its size without changing the others.
        hours={name: corpus["hours"][name] for name in reversed(SETS)},
        speakers={name: corpus["speakers"][name] for name in SETS},
        size=corpus["picture_size"],
        sampling_rate=config["sampling_rate"],
        pictures_per_second=config["pictures_per_second"],
        seed=config["seed"],
        num_jobs=num_jobs,
    )


def _prepare_music(config: Mapping[str, Any], data: Path, num_jobs: int) -> None:
    hours = config["mixing"]["music_hours"]
    render_music(
        data / "music",
        sampling_rate=config["sampling_rate"],
        seed=config["seed"],
        num_jobs=num_jobs,
        train_hours=hours,
        dev_hours=hours,
        test_hours=hours,
        piece_seconds=MUSIC_PIECE_SECONDS,
        level_db=MUSIC_LEVEL_DB,
        vocal_db=MUSIC_VOCAL_DB,
    )


def mixer_of(config: Mapping[str, Any], data: Path, set_name: str, kind: str) -> Mixer:
    """What draws and mixes a set's clips to a kind of mixtures.

    Raises:
        ConfigError: The mixtures are no whole number of pictures long.
        DataError: The set is not prepared, or has too few speakers.
    """
    mixing = config["mixing"]
    check_pictures(config)
    return Mixer(
        Prepared(data / "faces" / set_name),
        kind=kind,
        seconds=mixing["seconds"],
        sampling_rate=config["sampling_rate"],
        pictures_per_second=config["pictures_per_second"],
        beside=_beside(config, data, set_name, KINDS[kind].beside),
        gain=mixing["music_gain" if KINDS[kind].beside == "music" else "noise_gain"],
    )


def scenes_of(config: Mapping[str, Any], data: Path, set_name: str) -> Scenes:
    """What makes scenes of a set's clips for a recogniser.

    Raises:
        DataError: The set is not prepared, a clip has no text, or there is one speaker alone.
    """
    prepared = Prepared(data / "faces" / set_name)
    silent = [clip.clip_id for clip in prepared.clips if not clip.text]
    if silent:
        what = f"{len(silent)} clips have no text, such as {silent[0]}"
        mend = "write what is said into the column text, and prepare again"
        raise DataError(what, where=prepared.folder / TABLE, mend=mend)
    if len(set(prepared.speaker_of.values())) == 1:
        raise DataError("there is one speaker, and no other voice", where=prepared.folder, mend="use more")
    rate = config["sampling_rate"]
    return Scenes(prepared, _beside(config, data, set_name, "music"), sampling_rate=rate)


def _beside(config: Mapping[str, Any], data: Path, set_name: str, beside: str | None) -> Beside | None:
    folder, rate = config["mixing"]["noise"], config["sampling_rate"]
    if beside is None:
        return None
    if beside == "music":
        return Recordings.of_folder(data / "music" / set_name / "wav", rate)
    return MadeNoise(rate) if folder is None else Recordings.of_folder(Path(folder), rate)
