"""The stages of egs/diarization."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.atomic import write_json
from musasr.corpora.readers import each_corpus
from musasr.diarization import corpora, results
from musasr.diarization.evaluation import Evaluation
from musasr.diarization.variants import variants_of
from musasr.diarizers.embedders import check_embedder
from musasr.errors import StateError
from musasr.recipe import done_marks
from musasr.recipe.checks import check_corpus, check_variety
from musasr.recipe.system_run import SystemRun

NETWORK = "voices"  # the training's name


def prepare(run: SystemRun) -> None:
    """Make voices, conversations and music, and the conversations under music."""
    _check(run)
    corpora.prepare_all(run)


def train(run: SystemRun) -> None:
    """Train the network of voices, or go on with it, and measure how well it tells voices apart.

    Where the configuration names another network there is nothing to do.
    """
    _check(run)
    if run.config["embedder"] is not None:
        print(f"{run.config['embedder']} hears the voices: nothing to train")
        return
    folder = run.workdir.training(NETWORK)
    keys = ("voices", "music", "network", "items", "mixing", "training", "seed", "sampling_rate")
    settings = {key: run.config[key] for key in keys}
    if done_marks.is_done(folder, settings):
        print(f"{folder}: done already")
        return
    _need(corpora.voices_dir(run, "train"))
    done_marks.begin(folder, settings, has_state=folder.is_dir())
    network = _train(run, folder)
    write_json(folder / results.EER, {name: _eer(run, network, name) for name in ("dev", "test")})
    done_marks.mark_done(folder, settings)


def evaluate(run: SystemRun) -> None:
    """Diarise the test sets with every variant."""
    _check(run)
    embedder = run.config["embedder"]
    if embedder is None:
        embedder = run.workdir.training(NETWORK)
        if not (embedder / done_marks.MARK).is_file():
            mend = "run musasr train diarization"
            raise StateError("the network of voices is not trained", where=embedder, mend=mend)
    _need(corpora.voices_dir(run, "test"))
    Evaluation(run, Path(embedder)).all(variants_of(run.config))


def report(run: SystemRun) -> Mapping[str, Any]:
    """Write results.json and table.md, and return the former."""
    _check(run)
    return results.write(run, variants_of(run.config))


def _check(run: SystemRun) -> None:
    variants_of(run.config)
    for place, corpus in each_corpus(run.config["music"], where="music"):
        check_corpus("music", corpus, where=place)
    if run.config["mixing"] is not None:
        check_variety(run.config["mixing"]["variety"], where="mixing.variety")
    if run.config["embedder"] is not None:
        check_embedder(Path(run.config["embedder"]))


def _need(directory: Path) -> None:
    if not directory.is_dir():
        raise StateError("is not prepared", where=directory, mend="run musasr prepare diarization")


def _train(run: SystemRun, folder: Path) -> Any:
    from musasr.classification.speakers import train_speakers

    config = run.config
    return train_speakers(
        corpora.voices_dir(run, "train"),
        corpora.voices_dir(run, "dev"),
        folder,
        network=config["network"],
        training=config["training"],
        items=config["items"],
        mixers=mixers_of(run),
        seed=config["seed"],
        threads=run.asked.nj,
    )


def mixers_of(run: SystemRun) -> Mapping[str, Any] | None:
    """What puts voices of training and validation under music, each under that of its own set."""
    from musasr.mixing.dynamic import DynamicMixer

    if run.config["mixing"] is None:
        return None
    return {
        mode: DynamicMixer(corpora.library(run, name), seed=run.config["seed"], **run.config["mixing"])
        for mode, name in (("train", "train"), ("valid", "dev"))
    }


def _eer(run: SystemRun, network: Any, name: str) -> float:
    from musasr import kaldi
    from musasr.classification.speakers import speaker_eer

    return round(speaker_eer(network, kaldi.read_utterances(corpora.voices_dir(run, name))), 3)
