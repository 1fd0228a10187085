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
from musasr.diarizers.embedders import digest_of_embedder, keep_embedder
from musasr.diarizers.settings import digests_of_segmenters
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
        dev: What the thresholds are chosen on, by name; none: each half of the recordings serves the other.
        is_under_music: Whether its figures depend on the music.
    """

    __test__ = False  # pytest: not a class of tests

    name: str
    sources: Sequence[Source]
    dev: Mapping[str, Sequence[Source]]
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
        for test_set, names in test_sets(self.run):
            asked = [one for one in variants if names is None or one.name in names]
            left = [one for one in asked if not self._is_done(test_set, one)]
            wanted = [one.hearing for one in left]
            for name, sources in {**test_set.dev, test_set.name: test_set.sources}.items():
                self._hear(name, sources, wanted)
            for variant in left:
                self._one(test_set, variant)
            self._heard = {key: one for key, one in self._heard.items() if key[0] in test_set.dev}
        self._settle(variants[0])

    def _settle(self, variant: Variant) -> None:
        """Leave beside the network how it does best: `musasr diarize` takes that from there.

        One that was not trained here is copied for that: a user's folder stays as it is.
        """
        folder = self.embedder
        if self.run.config["embedder"] is not None:
            folder = embedder_dir(self.run)
            keep_embedder(self.embedder, folder)
        is_tried = variant.name in self.run.config["under_music"]["variants"]
        path = result_path(self.run, music_name(None) if is_tried else CONVERSATIONS, variant.name)
        kept = read_json(path, mend="remove it", keys=["thresholds"])
        clustering = dict(variant.settings["clustering"])
        if kept["thresholds"]:
            clustering["threshold"] = kept["thresholds"][0]
        heading = (
            "How musasr diarize uses this network: its threshold is that of the development conversations"
            f"{', without music and under it' * is_tried}."
        )
        configuration.save({**variant.settings, "clustering": clustering}, folder / FILE, heading=heading)

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
        key = _key(variant.hearing)
        thresholds, found, scores = measure(
            [one for name in test_set.dev for one in self._heard[name, key]] or None,
            self._heard[test_set.name, key],
            grid=self.run.config["thresholds"],
            clustering=self._clustering(variant),
            scoring=self.run.config["scoring"],
        )
        write_rttm(path.with_suffix(".rttm"), found)
        recordings = {
            name: {
                **asdict(one),
                "mapping": None,
                "num_speakers": len({turn.speaker for turn in found[name]}),
            }
            for name, one in sorted(scores.items())
        }
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
            "dev": list(test_set.dev),
            **{key: config[key] for key in keys + ["supervised"] * variant.is_supervised},
            **self._settings_of(variant.hearing),
        }
        return json.loads(json.dumps(settings))

    def _settings_of(self, hearing: Mapping[str, Any]) -> dict[str, Any]:
        """What the vectors of conversations depend on."""
        of_run = {key: self.run.config[key] for key in ("voices", "conversations", "seed")}
        segmenters = digests_of_segmenters(hearing)
        return {"hearing": hearing, "embedder": self._digest, "segmenters": segmenters, **of_run}


def test_sets(run: SystemRun) -> list[tuple[TestSet, Sequence[str] | None]]:
    """Each test set, and the variants that it is diarised with (None: all)."""
    clean, dev = (_as_they_are(corpora.conversations(run, name)) for name in ("test", "dev"))
    sets: list[tuple[TestSet, Sequence[str] | None]] = [(TestSet(CONVERSATIONS, clean, {DEV: dev}), None)]
    if run.config["meetings"] is not None:
        real = read_conversations(Path(run.config["meetings"]))
        sets.append((TestSet(MEETINGS, _as_they_are(real), {}), None))
    conf = run.config["under_music"]
    for part in parts(run):
        heard = {snr_db: _under_music(run, "test", snr_db, part) for snr_db in conf["snrs_db"]}
        # Nobody tells a diariser whether there is music: one threshold for all of it, and for none.
        of_dev = {
            f"{DEV}_{music_name(snr_db, part)}": _under_music(run, "dev", snr_db, part) for snr_db in heard
        }
        for snr_db, sources in {**({None: clean} if part == "none" else {}), **heard}.items():
            test_set = TestSet(music_name(snr_db, part), sources, {DEV: dev, **of_dev}, True)
            sets.append((test_set, conf["variants"]))
    return sets


def parts(run: SystemRun) -> Sequence[str]:
    """Where speech that a separator found serves: for nothing, to find speech, for the voices, for both."""
    return (
        ["none"] if run.config["under_music"]["separator"] is None else ["none", "activity", "voices", "both"]
    )


def _under_music(run: SystemRun, name: str, snr_db: float, part: str) -> list[Source]:
    mixtures = corpora.under_music(run, name, snr_db)
    if part == "none":
        return _as_they_are(mixtures)
    speech = corpora.separated(run, name, snr_db)
    if part == "both":
        return _as_they_are(speech)
    pairs = zip(mixtures, speech, strict=True) if part == "activity" else zip(speech, mixtures, strict=True)
    return [Source(voices, activity.path) for voices, activity in pairs]


def embedder_dir(run: SystemRun) -> Path:
    """The folder of a network that was not trained here, and of its settings."""
    return run.workdir.training("embedder")


def uis_rnn_dir(run: SystemRun) -> Path:
    """The folder of the trained UIS-RNN."""
    return run.workdir.training("uis_rnn")


def music_name(snr_db: float | None, part: str = "none") -> str:
    """The name of conversations under music (None: without, the threshold chosen likewise); see `parts`."""
    return f"{'no_music' if snr_db is None else f'snr_{snr_db:g}'}_{SEPARATED}_{part}"


def result_path(run: SystemRun, test_set: str, variant: str) -> Path:
    """Where a variant's errors stand; beside it its turns."""
    return run.workdir.root / "exp" / "diarize" / test_set / f"{variant}.json"


def _key(hearing: Mapping[str, Any]) -> str:
    return json.dumps(hearing, sort_keys=True)


def _as_they_are(ones: Sequence[Conversation]) -> list[Source]:
    return [Source(one, one.path) for one in ones]
