"""Every test clip under each condition, through a system: what it read, and how well its speech was found."""

from collections.abc import Mapping, Sequence
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from musasr.atomic import write_json
from musasr.classification.batches import stacked
from musasr.looking_to_listen.words.scenes import Levels, Scene, Scenes
from musasr.looking_to_listen.words.systems import at_work, looks
from musasr.metrics.separation import limited, si_sdr
from musasr.mixing.draw import generator

if TYPE_CHECKING:
    from musasr.joint import JointModel
    from musasr.recognition.recognizer import Recognition, Recognizer

TOGETHER = 8  # clips that are read at once


def read_clips(
    model: "JointModel", scenes: Scenes, config: Mapping[str, Any], name: str, *, path: Path
) -> Path:
    """Write what is read, a row for each clip and condition.

    Args:
        model: Trained.
        scenes: Of the test set; what is under a clip is the same for all systems, and but for its level under
            all conditions.
        config: The run's.
        name: Of the system.
        path: Of the file.
    """
    from tqdm import tqdm

    recognizer, has_faces, rows = at_work(config, model), looks(config, name), []
    clips = sorted(scenes.prepared.ids(), key=scenes.prepared.num_samples)  # so that little is padded
    conditions = config["words"]["conditions"]
    with tqdm(total=len(clips) * len(conditions), desc=name, unit="clip") as bar:
        for levels in (Levels(**condition) for condition in conditions):
            for ids in batched(clips, TOGETHER):
                made = [
                    scenes.make(one, levels, generator(config["seed"], "looking", "words", one))
                    for one in ids
                ]
                heard = _read(recognizer, made, has_faces=has_faces)
                rows += [
                    _row(levels.name, one, scene, result)
                    for one, scene, result in zip(ids, made, heard, strict=True)
                ]
                bar.update(len(ids))
    return write_json(path, rows)


def _read(recognizer: "Recognizer", scenes: Sequence[Scene], *, has_faces: bool) -> "list[Recognition]":
    cue = torch.from_numpy(stacked([scene.faces for scene in scenes])) if has_faces else None
    return recognizer([scene.mixture for scene in scenes], cue)


def _row(condition: str, clip_id: str, scene: Scene, result: "Recognition") -> dict[str, Any]:
    estimate = result.estimates.get("speech", scene.mixture)
    return {
        "condition": condition,
        "clip": clip_id,
        "reference": scene.text,
        "hypothesis": result.hypothesis,
        "si_sdr": _score(estimate, scene.speech),
        "si_sdr_mixture": _score(scene.mixture, scene.speech),
    }


def _score(estimate: np.ndarray, reference: np.ndarray) -> float:
    return float(limited(si_sdr(estimate=estimate, reference=reference)))
