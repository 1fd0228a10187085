"""Every test set with every variant: vectors are made once for all variants that hear alike."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musasr.atomic import read_json, write_json
from musasr.corpora.conversation_dir import Conversation, read_conversations
from musasr.diarization import corpora
from musasr.diarization.hearing import Heard, Source, hear_all
from musasr.diarization.measuring import Clustering, measure
from musasr.diarization.supervised import train_uis_rnn
from musasr.diarization.variants import Variant
from musasr.diarizers.embedders import digest_of_embedder
from musasr.kaldi.rttm import write_rttm
from musasr.recipe import config as configuration
from musasr.recipe import done_marks
from musasr.recipe.diarization_keys import FILE
from musasr.recipe.system_run import SystemRun

DEV, CONVERSATIONS, MEETINGS = "dev", "conversations", "meetings"
SEPARATED = "separated"


@dataclass(frozen=True)
class TestSet:
    """Recordings that are diarised.

    Attributes:
        name: Of its folder.
        sources: What is heard.
        has_dev: Whether the thresholds are those of the development conversations.
        is_under_music: Whether its figures depend on the music.
    """

    __test__ = False  # pytest: not a class of tests

    name: str
    sources: Sequence[Source]
    has_dev: bool
    is_under_music: bool = False


@dataclass
class Evaluation:
    """What a run evaluates; what was evaluated with the same settings is not evaluated again."""

    run: SystemRun
    embedder: Path

    def __post_init__(self) -> None:
        """Begin with nothing heard."""
        self._heard: dict[tuple[str, str], list[Heard]] = {}
        self._digest = digest_of_embedder(self.embedder)

    def all(self, variants: Sequence[Variant]) -> None:
        """Diarise every test set and keep each variant's turns and errors."""
        if any(one.is_supervised for one in variants):
            self._learn(variants[0])
        dev = _as_they_are(corpora.conversations(self.run, "dev"))
        for test_set, names in test_sets(self.run):
            asked = [one for one in variants if names is None or one.name in names]
            left = [one for one in asked if not self._is_done(test_set, one)]
            wanted = [one.hearing for one in left]
            if test_set.has_dev:
                self._hear(DEV, dev, wanted)
            self._hear(test_set.name, test_set.sources, wanted)
            for variant in left:
                self._one(test_set, variant)
            self._heard = {key: one for key, one in self._heard.items() if key[0] == DEV}
        if self.run.config["embedder"] is None:
            self._settle(variants[0])

    def _settle(self, variant: Variant) -> None:
        """Leave beside the network how it does best: `musasr diarize` takes that from there."""
        kept = read_json(
            result_path(self.run, CONVERSATIONS, variant.name), mend="remove it", keys=["thresholds"]
        )
        clustering = dict(variant.settings["clustering"])
        if kept["thresholds"]:
            clustering["threshold"] = kept["thresholds"][0]
        heading = (
            "How musasr diarize uses this network: its threshold is that of the development conversations."
        )
        configuration.save(
            {**variant.settings, "clustering": clustering}, self.embedder / FILE, heading=heading
        )

    def _clustering(self, variant: Variant) -> Clustering:
        if not variant.is_supervised:
            return Clustering(**variant.clustering)
        from musasr.diarizers.uis_rnn import load_uis_rnn  # takes seconds

        conf = self.run.config["supervised"]
        return Clustering(
            **variant.clustering, uis_rnn=load_uis_rnn(uis_rnn_dir(self.run)), search=conf["search"]
        )

    def _learn(self, base: Variant) -> None:
        """Train UIS-RNN on what the training conversations sound like to the first variant."""
        folder, conf = uis_rnn_dir(self.run), self.run.config["supervised"]
        settings = {**self._settings_of(base.hearing), "supervised": {**conf, "search": None}}
        if done_marks.is_done(folder, settings):
            return
        done_marks.begin(folder, settings, has_state=folder.is_dir())
        known = {**base.hearing, "activity": None}
        heard = {}
        for name in ("train", DEV):
            self._hear(name, _as_they_are(corpora.conversations(self.run, name)), [known])
            heard[name] = self._heard[name, _key(known)]
        train_uis_rnn(
            heard["train"],
            heard[DEV],
            folder,
            seed=self.run.config["seed"],
            threads=self.run.asked.nj,
            **{key: conf[key] for key in ("network", "longest", "training")},
        )
        done_marks.mark_done(folder, settings)

    def _is_done(self, test_set: TestSet, variant: Variant) -> bool:
        path = result_path(self.run, test_set.name, variant.name)
        if not path.is_file():
            return False
        kept = read_json(path, mend="remove it", keys=["settings"])
        is_done = kept["settings"] == self._settings(test_set, variant)
        if is_done:
            print(f"{path}: done already")
        return is_done

    def _one(self, test_set: TestSet, variant: Variant) -> None:
        path = result_path(self.run, test_set.name, variant.name)
        settings = self._settings(test_set, variant)
        thresholds, found, scores = measure(
            self._heard[DEV, _key(variant.hearing)] if test_set.has_dev else None,
            self._heard[test_set.name, _key(variant.hearing)],
            grid=self.run.config["thresholds"],
            clustering=self._clustering(variant),
            scoring=self.run.config["scoring"],
        )
        write_rttm(path.with_suffix(".rttm"), found)
        recordings = {name: {**asdict(one), "mapping": None} for name, one in sorted(scores.items())}
        write_json(path, {"settings": settings, "thresholds": thresholds, "recordings": recordings})

    def _hear(self, name: str, sources: Sequence[Source], hearings: Sequence[Mapping[str, Any]]) -> None:
        """Hear the recordings in each of the ways in which they were not heard yet."""
        left = {_key(one): one for one in hearings if (name, _key(one)) not in self._heard}
        found = hear_all(
            sources, list(left.values()), embedder=self.embedder, num_jobs=self.run.asked.nj, name=name
        )
        self._heard |= {(name, key): heard for key, heard in zip(left, found, strict=True)}

    def _settings(self, test_set: TestSet, variant: Variant) -> dict[str, Any]:
        """All that its figures depend on, as JSON keeps it."""
        config = self.run.config
        keys = ["thresholds", "scoring"]
        keys += ["music", "under_music"] * test_set.is_under_music
        settings = {
            "clustering": variant.clustering,
            "recordings": [str(one.conversation.path) for one in test_set.sources],
            **{key: config[key] for key in keys + ["supervised"] * variant.is_supervised},
            **self._settings_of(variant.hearing),
        }
        return json.loads(json.dumps(settings))

    def _settings_of(self, hearing: Mapping[str, Any]) -> dict[str, Any]:
        """What the vectors of conversations depend on."""
        of_run = {key: self.run.config[key] for key in ("voices", "conversations", "seed")}
        return {"hearing": hearing, "embedder": self._digest, **of_run}


def test_sets(run: SystemRun) -> list[tuple[TestSet, Sequence[str] | None]]:
    """Each test set, and the variants that it is diarised with (None: all)."""
    sets: list[tuple[TestSet, Sequence[str] | None]] = [
        (TestSet(CONVERSATIONS, _as_they_are(corpora.conversations(run, "test")), True), None)
    ]
    if run.config["meetings"] is not None:
        real = read_conversations(Path(run.config["meetings"]))
        sets.append((TestSet(MEETINGS, _as_they_are(real), False), None))
    names = run.config["under_music"]["variants"]
    for snr_db in run.config["under_music"]["snrs_db"]:
        mixtures = corpora.under_music(run, snr_db)
        sets.append((TestSet(music_name(snr_db), _as_they_are(mixtures), True, True), names))
        if run.config["under_music"]["separator"] is None:
            continue
        speech = corpora.separated(run, snr_db)
        both = [Source(one, other.path) for one, other in zip(mixtures, speech, strict=True)]
        turned = [Source(other, one.path) for one, other in zip(mixtures, speech, strict=True)]
        sets += [
            (TestSet(music_name(snr_db, "activity"), both, True, True), names),
            (TestSet(music_name(snr_db, "voices"), turned, True, True), names),
            (TestSet(music_name(snr_db, "both"), _as_they_are(speech), True, True), names),
        ]
    return sets


def uis_rnn_dir(run: SystemRun) -> Path:
    """The folder of the trained UIS-RNN."""
    return run.workdir.training("uis_rnn")


def music_name(snr_db: float, separated: str = "none") -> str:
    """The name of conversations under music, of which the separated speech serves for none, one or both."""
    return f"snr_{snr_db:g}_{SEPARATED}_{separated}"


def result_path(run: SystemRun, test_set: str, variant: str) -> Path:
    """Where a variant's errors stand; beside it its turns."""
    return run.workdir.root / "exp" / "diarize" / test_set / f"{variant}.json"


def _key(hearing: Mapping[str, Any]) -> str:
    return json.dumps(hearing, sort_keys=True)


def _as_they_are(ones: Sequence[Conversation]) -> list[Source]:
    return [Source(one, one.path) for one in ones]
