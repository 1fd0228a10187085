"""Clips of every tag, for training, validation and test: no clip is in two sets, and --nj changes none."""

import functools
import hashlib
import random
import re
from collections.abc import Mapping
from pathlib import Path

from musasr import audio
from musasr.corpora.clips import Clip, write_clips
from musasr.corpora.embedded.sounds.catalogue import tags, trained_captions, unseen_captions
from musasr.corpora.embedded.sounds.clips import Plan, make_clip
from musasr.corpora.files import check_ours, is_whole_wav
from musasr.errors import ConfigError, suggest
from musasr.parallel import map_in_order

SETS = ("train", "dev", "test")
OUR_NAMES = re.compile(r"(train|dev|test)-[a-z_]+-\d{3,}-[0-9a-f]{8}\.wav")
VERSION = 1  # raise it when the same plan would give other samples


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    clips_per_tag: Mapping[str, int],
    seconds: tuple[float, float],
    only: list[str] | None = None,
) -> dict[str, list[Clip]]:
    """Make the clips, and a list of each set under ``output``; wavs that an earlier run made are kept.

    Args:
        output: Folder of the sets.
        sampling_rate: Hz.
        seed: Decides everything that is drawn.
        num_jobs: Processes.
        clips_per_tag: How many of each tag a set has, by the set's name.
        seconds: Shortest and longest clip.
        only: The tags; None: all.

    Raises:
        ConfigError: There is no such tag.
        StateError: A wav stands there that it did not make.
    """
    from tqdm import tqdm

    output = Path(output).resolve()
    for name in SETS:
        check_ours(output / name / "wav", OUR_NAMES)
    plans = _plans(clips_per_tag, seconds, sampling_rate, seed, _chosen(only))
    made: dict[str, list[Clip]] = {name: [] for name in SETS}
    with tqdm(total=len(plans), desc="sounds", unit="clip") as bar:
        for plan, clip in zip(plans, map_in_order(_maker(output), plans, num_jobs=num_jobs), strict=True):
            made[plan.set_name].append(clip)
            bar.update()
    for name, clips in made.items():
        _remove_others(output / name / "wav", clips)
        write_clips(output / name, clips)
    return made


def _chosen(only: list[str] | None) -> list[str]:
    for name in only or []:
        if name not in tags():
            raise ConfigError(f"unknown tag {name!r}", where="corpus.only", mend=suggest(name, tags()))
    return list(only or tags())


def _plans(
    clips_per_tag: Mapping[str, int],
    seconds: tuple[float, float],
    sampling_rate: int,
    seed: int,
    names: list[str],
) -> list[Plan]:
    plans = []
    for set_name in SETS:
        for tag in names:
            for index in range(clips_per_tag[set_name]):
                clip_id = f"{set_name}-{tag}-{index:03d}"
                own = f"{seed} sounds {clip_id}"
                length = round(random.Random(own).uniform(*seconds), 2)
                plans.append(Plan(clip_id, set_name, tag, length, sampling_rate, own))
    return plans


def _maker(output: Path) -> functools.partial[Clip]:
    return functools.partial(_make, output=output)


def _make(plan: Plan, *, output: Path) -> Clip:
    """The finished clip; a whole file that an earlier run left is kept."""
    fingerprint = hashlib.sha256(repr((VERSION, plan)).encode()).hexdigest()[:8]
    path = output / plan.set_name / "wav" / f"{plan.clip_id}-{fingerprint}.wav"
    if not is_whole_wav(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        audio.write(path, make_clip(plan), plan.sampling_rate)
    return Clip(
        clip_id=plan.clip_id,
        path=path,
        seconds=audio.info(path).duration,
        tags=(plan.tag,),
        captions=tuple(trained_captions(plan.tag)),
        unseen=tuple(unseen_captions(plan.tag)),
    )


def _remove_others(folder: Path, clips: list[Clip]) -> None:
    """Drop the files of an earlier run with other settings."""
    wanted = {clip.path for clip in clips}
    for path in folder.glob("*.wav"):
        if path not in wanted:
            path.unlink()
