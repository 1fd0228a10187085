"""The stages: films and faces, trainings, test mixtures, results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.errors import StateError
from musasr.looking_to_listen.keys import SETS
from musasr.looking_to_listen.kinds import all_kinds, check_pictures, has_music, kinds_of, start_of
from musasr.looking_to_listen.words import stages as words
from musasr.recipe import done_marks
from musasr.recipe.system_run import SYSTEM, SystemRun

MOST_NAMED = 3  # clips that were left out, on the terminal
# What the clips, the models and the scores depend on; of the section mixing too.
DATA_KEYS = ("seed", "sampling_rate", "pictures_per_second", "corpus")
MODEL_KEYS = (*DATA_KEYS, "model", "training")
MIXED_DATA = ("seconds", "music_hours")
MIXED_MODEL = (*MIXED_DATA, "noise", "noise_gain", "music_gain")


def prepare(run: SystemRun) -> None:
    """Make the films, and sound and faces of each clip.

    Raises:
        ConfigError: The corpus cannot be made so.
        DataError: Clips cannot be used.
        StateError: What is to read comes trained from the main recipe, and is not there.
    """
    words.check(run.config)
    data = run.workdir.data
    settings = _part(run.config, DATA_KEYS, MIXED_DATA) | {"has_music": has_music(run.config)}
    if _is_done(data / "faces", settings):
        return
    from musasr.looking_to_listen.corpus import prepare as prepare_sets

    for name, skipped in prepare_sets(run.config, data, num_jobs=run.asked.nj).items():
        if skipped:
            reasons = "; ".join(f"{one.name}: {one.reason}" for one in skipped[:MOST_NAMED])
            print(f"{name}: {len(skipped)} clips left out ({reasons})")
    done_marks.mark_done(data / "faces", settings)


def train(run: SystemRun) -> None:
    """Train each variant that is not trained yet.

    Raises:
        ConfigError: A variant's kinds of mixtures do not fit one another.
        DataError: There are too few speakers for a kind.
        StateError: The clips are not prepared, or what is to read is not trained.
    """
    words.check(run.config)
    _check_prepared(run)
    check_pictures(run.config)
    wanted = _made_of_all(run.config)
    left = {variant: one for variant, one in wanted.items() if not _is_done(folder_of(run, variant), one)}
    if left:
        words.check_texts(run)
        _train_variants(run, left)
    if words.has_words(run.config):
        words.train(run, wanted)


def _train_variants(run: SystemRun, left: Mapping[str, Mapping[str, Any]]) -> None:
    """Train variants, given what each is made of, in their order: some begin with one before them."""
    from musasr.classification.engine import train_network  # takes seconds
    from musasr.classification.folder import load_weights
    from musasr.looking_to_listen.building import build
    from musasr.looking_to_listen.corpus import mixer_of
    from musasr.looking_to_listen.items import Mixtures
    from musasr.looking_to_listen.training import TrainedModel

    mixers = {
        kind: {name: mixer_of(run.config, run.workdir.data, name, kind) for name in SETS[:2]}
        for kind in all_kinds(run.config)
    }
    for variant, made_of in left.items():
        settings, kinds = run.config["variants"][variant], kinds_of(run.config, variant)
        folder, start = folder_of(run, variant), start_of(run.config, variant)
        done_marks.begin(folder, made_of, has_state=folder.is_dir())
        of_sets = {name: [mixers[kind][name] for kind in kinds] for name in SETS[:2]}
        model = TrainedModel(build(run.config, variant))
        if start is not None:
            load_weights(folder_of(run, start), model)
        train_network(
            model,
            Mixtures(of_sets, has_faces=settings["face_encoder"] is not None),
            training=run.config["training"],
            config={**run.config, "variant": variant},
            directory=folder,
            name=variant,
            seed=run.config["seed"],
            num_workers=run.config["training"]["num_workers"],
            threads=run.asked.nj,
            on_gpu=run.asked.ngpu > 0,
        )
        done_marks.mark_done(folder, made_of)


def evaluate(run: SystemRun) -> None:
    """Score the test mixtures with each trained variant; again where a package has come that scores more.

    Raises:
        StateError: A variant is not trained.
    """
    from musasr.looking_to_listen.corpus import mixer_of
    from musasr.looking_to_listen.evaluation import evaluate as score_mixtures
    from musasr.looking_to_listen.evaluation import lacks_metrics

    _check_prepared(run)
    mixed = tuple(name for name in run.config["mixing"] if name != "kind")
    for variant in run.config["variants"]:
        folder, kinds = folder_of(run, variant) / "test", kinds_of(run.config, variant)
        settings = _part(run.config, (*MODEL_KEYS, "report"), mixed) | {"kinds": kinds}
        if done_marks.is_done(folder, settings) and not lacks_metrics(folder, run.config):
            print(f"{folder}: already done")
            continue
        from musasr.looking_to_listen.building import load  # takes seconds

        model, _ = load(folder_of(run, variant))
        mixers = {kind: mixer_of(run.config, run.workdir.data, SETS[2], kind) for kind in kinds}
        has_controls = run.config["report"]["has_controls"]
        score_mixtures(model, mixers, run.config, folder=folder, with_controls=has_controls)
        done_marks.mark_done(folder, settings)
    if words.has_words(run.config):
        words.evaluate(run, _made_of_all(run.config))


def report(run: SystemRun) -> Mapping[str, Any]:
    """Write results/results.json and results/table.md, and return the former.

    Raises:
        StateError: A variant is not evaluated.
    """
    from musasr.looking_to_listen.results import collect
    from musasr.looking_to_listen.table import write

    folders = {variant: folder_of(run, variant) for variant in run.config["variants"]}
    results = collect(folders, run.config, commit=run.commit)
    if words.has_words(run.config):
        results |= {"words": words.report(run)}
    write(results, run.workdir.results)
    return results


def folder_of(run: SystemRun, variant: str) -> Path:
    """Where a variant's model stands."""
    return run.workdir.training(variant)


def _is_done(folder: Path, settings: Mapping[str, Any]) -> bool:
    """Whether work is done; says so."""
    if not done_marks.is_done(folder, settings):
        return False
    print(f"{folder}: already done")
    return True


def _check_prepared(run: SystemRun) -> None:
    if not (run.workdir.data / "faces" / done_marks.MARK).is_file():
        mend = "run musasr prepare looking_to_listen"
        raise StateError("the clips are not prepared", where=run.workdir.data / "faces", mend=mend)


def _made_of(config: Mapping[str, Any], variant: str) -> dict[str, Any]:
    """All that a trained variant depends on: what it begins with too."""
    given = {key: one for key, one in config["variants"][variant].items() if key != "init"}
    start = start_of(config, variant)
    began = {} if start is None else {"init": _made_of(config, start)}
    settings = {**given, "kinds": kinds_of(config, variant)}
    return _part(config, MODEL_KEYS, MIXED_MODEL) | {"variant": settings} | began


def _made_of_all(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {variant: _made_of(config, variant) for variant in config["variants"]}


def _part(config: Mapping[str, Any], names: Sequence[str], mixed: Sequence[str]) -> dict[str, Any]:
    """Sections of a configuration, and some keys of its section mixing."""
    part = {name: config[name] for name in (SYSTEM, *names)}
    return part | {"mixing": {name: config["mixing"][name] for name in mixed}}
