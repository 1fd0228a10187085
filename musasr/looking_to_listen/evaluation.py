"""The test mixtures through a trained model, with the right faces and with others: scores of each voice."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from musasr.atomic import read_json, write_json
from musasr.looking_to_listen.controls import RIGHT, STRANGER, SWAPPED, controls_of
from musasr.looking_to_listen.mixtures import Mixed, Mixer, Part, plan_test
from musasr.looking_to_listen.quality import Metric, metrics, missing, scores
from musasr.metrics.separation import limited, si_sdr
from musasr.mixing.draw import generator

if TYPE_CHECKING:
    from musasr.separators.looking.model import LookingToListen

SCORES = "scores.json"
AGAIN = "remove its folder and run musasr evaluate looking_to_listen"
UNPROCESSED, BEST_ORDER, PLACES = "mixture", "best order", f"{SWAPPED}, by place"
type Scores = dict[str, dict[str, float]]  # what was shown -> metric -> score


def evaluate(
    model: "LookingToListen",
    mixers: Mapping[str, Mixer],
    config: Mapping[str, Any],
    *,
    folder: Path,
    with_controls: bool,
) -> Path:
    """Write folder/scores.json: of each test mixture and voice, the scores with everything that was shown.

    Beside them stands which metrics could not be computed, and why.

    Args:
        model: Trained.
        mixers: Of the test set, by kinds of mixtures.
        config: The run's.
        folder: Where the file goes.
        with_controls: Whether a model that looks is shown the wrong faces too.
    """
    from tqdm import tqdm

    num_test, seed = config["mixing"]["num_test"], config["seed"]
    rate, seconds = config["sampling_rate"], config["mixing"]["seconds"]
    plan = [
        (kind, mixture_id, parts)
        for kind, mixer in mixers.items()
        for mixture_id, parts in plan_test(mixer, num_test, seed=seed)
    ]
    rows, those = [], metrics(rate, seconds)
    for kind, mixture_id, parts in tqdm(plan, desc=folder.parent.name, unit="mixture"):
        mixer = mixers[kind]
        mixed = mixer.mix(parts, generator(seed, "looking", "mix", mixture_id))
        shown = {RIGHT: None if model.network.visual is None else mixed.faces}
        if with_controls and model.network.visual is not None:
            shown = _shown(mixer, parts, mixed, config, mixture_id=mixture_id)
        estimates = {name: separate(model, mixed.mixture, faces) for name, faces in shown.items()}
        voices = _voices(mixed, parts, estimates, mixer, those)
        rows.append({"kind": kind, "mixture": mixture_id, "voices": voices})
    return write_json(folder / SCORES, {"rows": rows, "missing": missing(rate, seconds)})


def lacks_metrics(folder: Path, config: Mapping[str, Any]) -> bool:
    """Whether something can be computed by now that folder/scores.json could not: a package has come since.

    Raises:
        StateError: The file is broken.
    """
    then = read_json(folder / SCORES, mend=AGAIN, keys=["missing"])["missing"]
    return bool(then.keys() - missing(config["sampling_rate"], config["mixing"]["seconds"]).keys())


def _shown(
    mixer: Mixer, parts: Sequence[Part], mixed: Mixed, config: Mapping[str, Any], *, mixture_id: str
) -> dict[str, np.ndarray]:
    """What a model is shown of a mixture: one face alone cannot be swapped."""
    offset = round(config["mixing"]["offset_seconds"] * config["pictures_per_second"])
    is_left_out = {STRANGER: not mixer.has_strangers, SWAPPED: len(parts) == 1}
    return {
        name: show(mixer, parts, mixed.faces, generator(config["seed"], "looking", name, mixture_id))
        for name, show in controls_of(offset).items()
        if not is_left_out.get(name, False)
    }


def separate(model: "LookingToListen", mixture: np.ndarray, faces: np.ndarray | None) -> np.ndarray:
    """The voices (S, T) of a mixture (T,), shown the faces (S, V, ...)."""
    import torch  # takes seconds, and a report needs none of it

    cue = None if faces is None else torch.from_numpy(np.ascontiguousarray(faces))[None]
    with torch.inference_mode():
        lengths = torch.tensor([len(mixture)])
        return model.separate(torch.from_numpy(mixture)[None], lengths, cue)[0].numpy()


def _voices(
    mixed: Mixed,
    parts: Sequence[Part],
    estimates: Mapping[str, np.ndarray],
    mixer: Mixer,
    those: dict[str, Metric],
) -> list[dict[str, Any]]:
    """Of each voice whose it is, and its scores."""
    found = [_scores_of(index, mixed, estimates, those) for index in range(len(parts))]
    voices = estimates[RIGHT]
    for index, best in enumerate(_best_order(mixed, voices)):
        found[index][BEST_ORDER] = (
            found[index][RIGHT]
            if best == index
            else scores(those, estimate=voices[best], reference=mixed.sources[index])
        )
    return [
        {"clip": part.clip_id, "speaker": mixer.prepared.speaker_of[part.clip_id], "scores": one}
        for part, one in zip(parts, found, strict=True)
    ]


def _scores_of(
    index: int, mixed: Mixed, estimates: Mapping[str, np.ndarray], those: dict[str, Metric]
) -> Scores:
    """A voice's scores: each estimate held against the voice in its place.

    Swapped faces count where the face went (an estimate that follows its face scores high), and by place
    (it scores low there).
    """
    reference, number = mixed.sources[index], len(mixed.sources)
    score = partial(scores, those, reference=reference)
    found = {UNPROCESSED: score(estimate=mixed.mixture)}
    for name, voices in estimates.items():
        if name == SWAPPED:
            found[name] = score(estimate=voices[(index + 1) % number])
            found[PLACES] = score(estimate=voices[index])
        else:
            found[name] = score(estimate=voices[index])
    return found


def _best_order(mixed: Mixed, voices: np.ndarray) -> Sequence[int]:
    """The order of the estimates whose SI-SDR is best on the whole."""
    table = [
        [limited(si_sdr(estimate=voice, reference=reference)) for voice in voices]
        for reference in mixed.sources
    ]
    orders = permutations(range(len(voices)))
    return max(orders, key=lambda order: sum(table[i][j] for i, j in enumerate(order)))
