"""The stages of egs/music_tags: prepare, train, evaluate, report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from musasr.atomic import read_json, write_array, write_json, write_text
from musasr.corpora.contract import SETS
from musasr.corpora.tagged import Track, check_disjoint, read_tracks, write_tracks
from musasr.errors import ConfigError, StateError
from musasr.metrics.tagging import fitted_threshold
from musasr.music_tags import claims, ensemble, results, scoring, settings, variants
from musasr.music_tags.corpora import prepare_corpus
from musasr.music_tags.features import write_features
from musasr.music_tags.labels import Labels
from musasr.preparation import report_skipped
from musasr.recipe import done_marks
from musasr.recipe.system_run import SystemRun

MAJORITY = "majority"
SCORED = ("dev", "test")


def prepare(run: SystemRun) -> None:
    """The corpus, its tables of tracks and its features: data/music/{train,dev,test}."""
    settings.check(run.config)
    output = run.workdir.music()
    made_with = {"music": run.config["music"], "seed": run.config["seed"]}
    if done_marks.is_done(output, made_with):
        print("the corpus is prepared already")
        return
    _rehearse(settings.variants_of(run.config))
    # Features are kept under the tracks' ids: those of another corpus would be taken for this one's.
    done_marks.begin(output, made_with, has_state=any(_features(run, name).is_dir() for name in SETS))
    num_jobs = run.asked.nj
    skipped = prepare_corpus(run.config["music"], output, seed=run.config["seed"], num_jobs=num_jobs)
    sets = {}
    for name in SETS:
        tracks = read_tracks(output / name)
        broken = write_features(tracks, _features(run, name), num_jobs=num_jobs)
        names = {one.name for one in broken}
        sets[name] = [one for one in tracks if one.track_id not in names]
        write_tracks(output / name, sets[name])
        skipped += broken
    check_disjoint(sets.items())
    labels = Labels.of(sets["train"])
    num_kept = sum(map(len, sets.values()))
    report_skipped(skipped, num_kept, output, allowed=run.config["max_skipped_fraction"])
    counts = ", ".join(f"{name} {len(tracks)}" for name, tracks in sets.items())
    print(f"{output}: {counts}; {len(labels.station)} stations, {len(labels.tags)} tags")
    done_marks.mark_done(output, made_with)


def train(run: SystemRun) -> None:
    """Every variant, one after the other: exp/NAME."""
    settings.check(run.config)
    _check_gpu(run)
    sets = _sets(run)
    labels = Labels.of(sets["train"])
    wanted = settings.variants_of(run.config)
    if not all((run.workdir.training(name) / done_marks.MARK).is_file() for name in wanted):
        _rehearse(wanted)
    for name, conf in wanted.items():
        attention = conf["network"]["attention"]
        was_trained = variants.train(
            run.workdir.training(name),
            conf,
            sets={
                mode: (sets[one], _features(run, one)) for mode, one in (("train", "train"), ("valid", "dev"))
            },
            labels=labels,
            guide=run.workdir.training(attention["guide"]) if attention else None,
            seed=run.config["seed"],
            threads=run.asked.nj,
            on_gpu=run.asked.ngpu > 0,
        )
        print(f"{name}: {'trained' if was_trained else 'is trained already'}", flush=True)


def evaluate(run: SystemRun) -> None:
    """The scores of every variant on dev and test: exp/NAME/scores/{dev,test}.{station,tags}.npy."""
    settings.check(run.config)
    sets = _sets(run)
    for name in settings.variants_of(run.config):
        folder = run.workdir.training(name)
        trained = read_json(folder / done_marks.MARK, mend="train it first", keys=("settings",))["settings"]
        if done_marks.is_done(folder / "scores", trained):
            print(f"{name}: is scored already")
            continue
        for one in SCORED:
            for head, values in variants.score(folder, sets[one], _features(run, one)).items():
                write_array(_scores(folder, one, head), values)
        done_marks.mark_done(folder / "scores", trained)
        print(f"{name}: scored", flush=True)


def report(run: SystemRun) -> Mapping[str, Any]:
    """What results/results.json holds, which is written with results/table.md."""
    settings.check(run.config)
    sets = _sets(run)
    labels = Labels.of(sets["train"])
    truth = {name: scoring.truth_of(tracks, labels) for name, tracks in sets.items()}
    scores = {name: _read(run, name, labels) for name in settings.variants_of(run.config)}
    weights = _add_ensemble(run.config["ensemble"], scores, truth["dev"])
    scores[MAJORITY] = {one: scoring.majority(truth["train"], len(sets[one])) for one in SCORED}
    num_resamples, seed = run.config["report"]["num_resamples"], run.config["seed"]
    systems = {}
    for name, of_set in scores.items():
        threshold = None
        if "tags" in of_set["dev"]:
            threshold = fitted_threshold(scores=of_set["dev"]["tags"], truth=truth["dev"]["tags"])
        found = scoring.figures(
            of_set["test"], truth["test"], threshold=threshold, num_resamples=num_resamples, seed=seed
        )
        if threshold is not None:
            own = {"scores": of_set["test"]["tags"], "truth": truth["test"]["tags"]}
            found["tags"]["roc_auc_of"] = scoring.roc_auc_of(labels.tags, **own)
        trained = name in run.config["variants"]
        systems[name] = (variants.summary(run.workdir.training(name)) if trained else {}) | found
    errors = {name: scoring.errors(of_set["test"], truth["test"]) for name, of_set in scores.items()}
    significance = run.config["report"]["significance"]
    collected = {
        "system": "music_tags",
        "commit": run.commit,
        "config": run.config,
        "sets": {name: results.describe(tracks) for name, tracks in sets.items()},
        "systems": systems,
        "ensemble_weights": weights,
        "significance": significance,
        "claims": claims.judge(errors, significance=significance, seed=seed),
    }
    write_json(run.workdir.results / "results.json", collected)
    write_text(run.workdir.results / "table.md", results.table(collected))
    return collected


def _rehearse(wanted: Mapping[str, Any]) -> None:
    from musasr.music_tags import networks  # takes seconds

    networks.rehearse(wanted)


def _check_gpu(run: SystemRun) -> None:
    if not run.asked.ngpu:
        return
    import torch

    if not torch.cuda.is_available():
        raise ConfigError("there is no GPU here", where="--ngpu", mend="leave it out")


def _sets(run: SystemRun) -> dict[str, list[Track]]:
    if not (run.workdir.music() / done_marks.MARK).is_file():
        raise StateError("the corpus is not prepared", where=run.workdir.music(), mend="prepare it first")
    return {name: read_tracks(run.workdir.music(name)) for name in SETS}


def _features(run: SystemRun, name: str) -> Path:
    return run.workdir.music(name) / "features"


def _scores(folder: Path, set_name: str, head: str) -> Path:
    return folder / "scores" / f"{set_name}.{head}.npy"


def _read(run: SystemRun, name: str, labels: Labels) -> dict[str, dict[str, np.ndarray]]:
    """A variant's scores by set and head."""
    folder = run.workdir.training(name)
    if not (folder / "scores" / done_marks.MARK).is_file():
        raise StateError(f"{name} is not scored", where=folder, mend="evaluate it first")
    paths = {one: {head: _scores(folder, one, head) for head in labels.heads()} for one in SCORED}
    return {
        one: {head: np.load(path, allow_pickle=False) for head, path in of_head.items() if path.is_file()}
        for one, of_head in paths.items()
    }


def _add_ensemble(
    conf: Mapping[str, Any], scores: dict[str, dict[str, dict[str, np.ndarray]]], truth: scoring.Scores
) -> dict[str, dict[str, float]]:
    """Add the ensemble's scores to the variants', and return its weights by head and member."""
    members = conf["members"]
    heads = [head for head in truth if all(head in scores[one]["dev"] for one in members)]
    found, mixed = {}, {one: {} for one in SCORED}
    for head in heads:
        weights = ensemble.fit_weights(
            [scores[one]["dev"][head] for one in members], truth[head], several=head == "tags"
        )
        found[head] = {one: round(float(weight), 4) for one, weight in zip(members, weights, strict=True)}
        for set_name in SCORED:
            mixed[set_name][head] = ensemble.mix([scores[one][set_name][head] for one in members], weights)
    scores[conf["name"]] = mixed
    return found
