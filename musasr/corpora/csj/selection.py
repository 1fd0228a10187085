"""Which talks train, validate and test; no speaker of a test talk is in training."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from musasr.corpora.csj.layout import Corpus
from musasr.corpora.csj.official import EXCLUDED, KINDS, TEST_SETS, TEST_TALKS
from musasr.errors import ConfigError, DataError, suggest


@dataclass(frozen=True)
class Selection:
    """Talk ids of the three sets; of test and dev also those that the corpus at hand lacks.

    `left_out` says why a talk of the kinds asked for is in no set.
    """

    train: list[str]
    dev: list[str]
    test: list[str]
    left_out: dict[str, str]

    @property
    def sets(self) -> dict[str, list[str]]:
        """The three by name."""
        return {"train": self.train, "dev": self.dev, "test": self.test}


def select(
    corpus: Corpus,
    speakers: Mapping[str, str],
    *,
    kinds: frozenset[str],
    test: Sequence[str],
    dev: Sequence[str],
    dev_fraction: float,
) -> Selection:
    """Return the three sets.

    Training has the talks of `kinds`, but none of the official test sets, whichever is asked for, none of the
    talks excluded with them, and no other talk of a speaker of theirs, of the test's or of the dev's.

    Args:
        corpus: What is at hand.
        speakers: Talk id -> speaker; a talk that is not in it counts as a speaker of its own.
        kinds: First letters of talk ids.
        test: Talks of the test.
        dev: Talks of the dev set; none holds out speakers of the training talks.
        dev_fraction: Fraction of the talks to hold out.

    Raises:
        ConfigError: A talk is in both test and dev, or `dev_fraction` is no fraction.
        DataError: No talk is left to train on, or only one speaker to train and validate on.
    """
    if shared := sorted(set(test) & set(dev)):
        raise ConfigError(f"{shared[0]} is in test too", where="speech.dev", mend="keep it in one of the two")
    if not 0 < dev_fraction < 1:
        where, mend = "speech.dev_fraction", "choose one between 0 and 1"
        raise ConfigError(f"{dev_fraction} is no fraction", where=where, mend=mend)
    reserved = TEST_TALKS | EXCLUDED | set(test) | set(dev)
    closed = {speakers[talk_id] for talk_id in reserved if talk_id in speakers}
    train, left_out = [], {}
    for talk_id in corpus.talks:
        if talk_id in test or talk_id in dev or talk_id[0] not in kinds:
            continue
        if talk_id in reserved:
            left_out[talk_id] = "reserved for the official tests"
        elif speakers.get(talk_id) in closed:
            left_out[talk_id] = f"its speaker, {speakers[talk_id]}, is in a test or dev talk"
        else:
            train.append(talk_id)
    if not train:
        raise DataError("no talk is left for training", where=corpus.root, mend="choose other speech.talks")
    if not dev:
        dev = _hold_out(train, speakers, dev_fraction, corpus)
        train = [talk_id for talk_id in train if talk_id not in dev]
    return Selection(train, sorted(dev), sorted(test), left_out)


def parse_kinds(talks: str) -> frozenset[str]:
    """Return the first letters of "aps", "aps+sps", "all" and so on.

    Raises:
        ConfigError: A kind is unknown.
    """
    if talks == "all":
        return frozenset(KINDS.values())
    for name in talks.split("+"):
        if name not in KINDS:
            raise _unknown(name, [*KINDS, "all"], "speech.talks")
    return frozenset(KINDS[name] for name in talks.split("+"))


def parse_talks(names: str | Sequence[str] | None, key: str, corpus: Corpus) -> list[str]:
    """Return the talk ids of "eval1", "eval1+eval2", "A01M0097+A01F0001" or a list of such names.

    Args:
        names: What the configuration says.
        key: Where it says so.
        corpus: The talks that may be named; those of the official sets may be missing from it.

    Raises:
        ConfigError: A name is neither an official set nor a talk of the corpus.
    """
    talk_ids: dict[str, None] = {}
    for name in names.split("+") if isinstance(names, str) else names or ():
        if name not in TEST_SETS and name not in TEST_TALKS and name not in corpus.talks:
            raise _unknown(str(name), [*TEST_SETS, *corpus.talks], key)
        talk_ids |= dict.fromkeys(TEST_SETS.get(name, (name,)))
    return list(talk_ids)


def _hold_out(
    talks: Sequence[str], speakers: Mapping[str, str], fraction: float, corpus: Corpus
) -> list[str]:
    """Talks of the speakers with the smallest hashes, whatever the order, the medium and the seed."""
    by_speaker: dict[str, list[str]] = {}
    for talk_id in talks:
        by_speaker.setdefault(speakers.get(talk_id, talk_id), []).append(talk_id)
    if len(by_speaker) < 2:
        mend = "choose more speech.talks, or name speech.dev"
        raise DataError("one speaker cannot serve train and dev", where=corpus.root, mend=mend)
    held: list[str] = []
    for speaker in _shuffled(by_speaker)[:-1]:
        if len(held) >= max(1, round(fraction * len(talks))):
            break
        held += by_speaker[speaker]
    return held


def _shuffled(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())


def _unknown(name: str, known: Sequence[str], key: str) -> ConfigError:
    return ConfigError(f"{name!r} is no such name", where=key, mend=suggest(name, known))
