"""The Corpus of Spontaneous Japanese as train, dev and test: whatever medium the copy came on."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from musasr.corpora import cutting
from musasr.corpora.contract import Skipped
from musasr.corpora.csj import inventory, layout, selection, speakers, transcripts
from musasr.corpora.csj.layout import Corpus
from musasr.corpora.csj.selection import Selection
from musasr.corpora.csj.transcripts import SCRIPTS, Rules, Transcript
from musasr.errors import ConfigError, DataError
from musasr.parallel import WHOLE, JobPart, map_in_order

_log = logging.getLogger(__name__)


def prepare(
    output: str | Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    path: str | Path,
    talks: str = "aps",
    script: str = "orthography",
    test: str | Sequence[str] = "eval1",
    dev: str | Sequence[str] | None = None,
    dev_fraction: float = 0.025,
    max_gap: float = 0.5,
    max_seconds: float = 10.0,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write output/{train,dev,test}/, data dirs of a mono 16-bit wav an utterance, and counts: csj.json.

    The corpus is only read. No talk of an official test set, nor another of its speakers, is in training.
    Wavs that an earlier run cut from the same source are kept.

    Args:
        output: Where the three data dirs go.
        sampling_rate: Rate of the wavs, Hz; the corpus has 16,000.
        seed: Not used, since nothing is drawn.
        num_jobs: How many processes read and cut; the files do not depend on it.
        path: The folder of the corpus: USB, DVD, merl, or any other that holds ID.sdb (or ID.xml) and ID.wav.
        talks: Kinds of talks to train on: aps, sps, dialogue, reading or other, joined with +, or all.
        script: orthography (short-unit words in kanji and kana), or pronunciation (the same in katakana).
        test: eval1, eval2 or eval3, talk ids, or several of these, joined with + or as a list.
        dev: The same for validation; None holds out some of the speakers.
        dev_fraction: Fraction of the training talks that are held out.
        max_gap: The longest pause, in seconds, within an utterance.
        max_seconds: Length from which on an utterance is joined no further.
        part: What this job does of it: a part only cuts, after it has read the transcripts.

    Returns:
        Masked utterances, and what could not be used: talks and utterances, each with its reason.

    Raises:
        ConfigError: A setting has a value that is none of the above.
        DataError: The folder holds no transcripts, or a set has no usable utterance.
    """
    kinds, rules = selection.parse_kinds(talks), _rules(script, max_gap, max_seconds)
    corpus = layout.find(path)
    output = _checked_output(Path(output), corpus)
    known, skipped = speakers.find(corpus, num_jobs=num_jobs)
    chosen = selection.select(
        corpus,
        known,
        kinds=kinds,
        test=selection.parse_talks(test, "speech.test", corpus),
        dev=selection.parse_talks(dev, "speech.dev", corpus),
        dev_fraction=dev_fraction,
    )
    _warn_of_unknown_speakers(chosen, known, corpus)
    read = _read(chosen, corpus, rules, num_jobs)
    sets = {}
    for name, talk_ids in chosen.sets.items():
        found = [read[talk_id] for talk_id in talk_ids if talk_id in read]
        skipped += _missing(name, talk_ids, corpus)
        skipped += _write_set(output / name, found, num_jobs, sampling_rate, part)
        if not part.is_whole:
            continue
        sets[name] = inventory.describe_set(output / name, found, sampling_rate=sampling_rate)
    if not part.is_whole:
        return []
    inventory.write(output, corpus=corpus, speakers=known, selection=chosen, sets=sets, rules=rules)
    return skipped


def _rules(script: str, max_gap: float, max_seconds: float) -> Rules:
    if script not in SCRIPTS:
        mend = f"use one of {', '.join(SCRIPTS)}"
        raise ConfigError(f"unknown script {script!r}", where="speech.script", mend=mend)
    for key, seconds in (("max_gap", max_gap), ("max_seconds", max_seconds)):
        if seconds < 0:
            raise ConfigError(f"{seconds} is below 0", where=f"speech.{key}", mend="give seconds")
    return Rules(script, round(max_gap * 1000), round(max_seconds * 1000))


def _checked_output(output: Path, corpus: Corpus) -> Path:
    if output.resolve().is_relative_to(corpus.root.resolve()):
        raise DataError("the output lies in the corpus", where=output, mend="choose another --workdir")
    return output


def _warn_of_unknown_speakers(chosen: Selection, known: Mapping[str, str], corpus: Corpus) -> None:
    talk_ids = [talk_id for ids in chosen.sets.values() for talk_id in ids if talk_id in corpus.talks]
    unknown = [talk_id for talk_id in talk_ids if talk_id not in known]
    if unknown:
        _log.warning(
            "%s: who speaks is not known of %d of %d talks (first: %s), for lack of ID.xml and fileList.csv; "
            "each counts as a speaker of its own, so dev may share speakers with train",
            corpus.root,
            len(unknown),
            len(talk_ids),
            unknown[0],
        )


def _missing(name: str, talk_ids: Sequence[str], corpus: Corpus) -> list[Skipped]:
    reason = f"{name} lists this talk, and the corpus has no file of it"
    return [Skipped(talk_id, reason) for talk_id in talk_ids if talk_id not in corpus.talks]


def _read(chosen: Selection, corpus: Corpus, rules: Rules, num_jobs: int) -> dict[str, Transcript]:
    """Talk id -> transcript, of all sets."""
    from tqdm import tqdm

    talk_ids = (talk_id for ids in chosen.sets.values() for talk_id in ids)
    talks = [corpus.talks[talk_id] for talk_id in talk_ids if talk_id in corpus.talks]
    read = map_in_order(partial(transcripts.read, rules=rules), talks, num_jobs=num_jobs)
    progress = tqdm(read, total=len(talks), desc="transcripts", unit="talk", disable=None)
    return {transcript.talk_id: transcript for transcript in progress}


def _write_set(
    directory: Path, read: Sequence[Transcript], num_jobs: int, sampling_rate: int, part: JobPart
) -> list[Skipped]:
    """Write one data dir; return what is not in it."""
    utterances = [utterance for transcript in read for utterance in transcript.utterances]
    skipped = [item for transcript in read for item in transcript.skipped]
    if not utterances:
        reason = skipped[0].reason if skipped else "it has no talk"
        what = f"{directory.name} has no usable utterance"
        raise DataError(what, where=directory, mend=f"see why: {reason}")
    return skipped + cutting.write_set(
        directory,
        utterances,
        num_jobs=num_jobs,
        sampling_rate=sampling_rate,
        skip_unusable=True,
        part=part,
    )
