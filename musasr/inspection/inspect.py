"""The lint of a whole recipe: its corpora against its configuration, and one against the other."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musasr.corpora.contract import MAIN_GENRE, SETS
from musasr.corpora.readers import LICENCES, each_corpus
from musasr.errors import StateError
from musasr.inspection import leaks
from musasr.inspection.faults import ERROR, Finding, Tally, as_plain
from musasr.inspection.items import Limits
from musasr.inspection.sets import Inspected, Summary, inspect_music, inspect_speech
from musasr.kaldi import read_table
from musasr.plugins import KIND_KEY
from musasr.recipe import done_marks
from musasr.recipe.workdir import Workdir


@dataclass(frozen=True)
class Report:
    """How much the corpora hold, what is wrong with them, and under which licences they stand."""

    sets: list[Summary]
    findings: list[Finding]
    licences: list[tuple[str, str]]

    @property
    def num_errors(self) -> int:
        """How many kinds of faults would spoil training."""
        return sum(finding.severity == ERROR for finding in self.findings)

    def as_plain(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        return {
            "sets": [asdict(one) for one in self.sets],
            "findings": as_plain(self.findings),
            "licences": [{"corpus": corpus, "licence": licence} for corpus, licence in self.licences],
            "errors": self.num_errors,
            "warnings": len(self.findings) - self.num_errors,
        }


def inspect(
    config: Mapping[str, Any], workdir: Workdir, *, corpora: Collection[str], num_jobs: int
) -> Report:
    """Read all that was prepared of the corpora; time grows with them, memory hardly.

    Args:
        config: The resolved recipe.
        workdir: Where its corpora are prepared.
        corpora: "speech", "music", or both.
        num_jobs: Processes that read audio.

    Raises:
        StateError: A corpus is not prepared.
    """
    tally, summaries, licences = Tally(), [], []
    for corpus in corpora:
        root = {"speech": workdir.speech(), "music": workdir.music()}[corpus]
        if not (root / done_marks.MARK).is_file():
            raise StateError("is not prepared", where=root, mend=f"run musasr prepare {corpus}")
        look = {"speech": inspect_speech, "music": inspect_music}[corpus]
        limits = _limits(config, workdir, corpus)
        directories = {name: root / name for name in SETS}
        sets = {
            name: look(name, path, limits, tally, num_jobs=num_jobs) for name, path in directories.items()
        }
        summaries += [summary for inspected in sets.values() for summary in inspected.summaries]
        _compare(corpus, directories, sets, tally)
        if corpus == "music":
            _check_genres(config, sets["test"], tally)
        licences += _licences(corpus, config[corpus], directories)
    return Report(summaries, tally.findings(), licences)


def _limits(config: Mapping[str, Any], workdir: Workdir, corpus: str) -> Limits:
    settings = config["inspection"]
    return Limits(
        sampling_rate=config["sampling_rate"],
        silence_db=settings["silence_db"],
        clipped_fraction=settings["clipped_fraction"],
        max_seconds=settings["max_seconds"] if corpus == "speech" else None,
        hop_length=config["models"]["recognizer"]["frontend_conf"]["hop_length"],
        units=workdir.units if (workdir.units / done_marks.MARK).is_file() else None,
    )


def _compare(
    corpus: str, directories: Mapping[str, Path], sets: Mapping[str, Inspected], tally: Tally
) -> None:
    """Look for what the sets share; a set that is no valid dir is not compared."""
    invalid = {one.set_name for one in tally.findings() if one.kind == "invalid" and one.corpus == corpus}
    directories = {name: path for name, path in directories.items() if name not in invalid}
    leaks.find_shared_ids(corpus, directories, tally)
    contents = {name: sets[name].contents for name in directories}
    leaks.find_shared_contents(corpus, directories, contents, tally)
    if corpus == "speech":
        leaks.find_shared_speakers({name: sets[name].speakers for name in directories}, tally)
    else:
        leaks.find_shared_names(directories, tally)


def _check_genres(config: Mapping[str, Any], test: Inspected, tally: Tally) -> None:
    there = {summary.genre for summary in test.summaries}
    for genre in (MAIN_GENRE, *config["mixing"]["test"]["genres"]):
        if genre not in there:
            tally.add("music", "test", "genre", [genre])


def _licences(
    corpus: str, settings: Mapping[str, Any], directories: Mapping[str, Path]
) -> list[tuple[str, str]]:
    kinds = [one[KIND_KEY] for _, one in each_corpus(settings, where=corpus)]
    notes = list(dict.fromkeys(LICENCES[kind] for kind in kinds if kind in LICENCES))
    titles = Counter[str]()
    for path in directories.values():
        table = path / "reco2licence"
        if table.is_file():
            titles.update(read_table(table).values())
    notes += [f"{count} titles: {licence}" for licence, count in titles.most_common()]
    return [(corpus, note) for note in notes]
