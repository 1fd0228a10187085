"""A paper's own numbers, looked up by system and condition: what stands beside ours."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from musasr.errors import ConfigError
from musasr.recipe import plain_yaml
from musasr.recipe.conditions import CLEAN, Condition
from musasr.recipe.config import CONF

PRINTED_AVERAGE = "avg"
Row = Mapping[str, Mapping[str, float]]  # score -> column -> figure


@dataclass(frozen=True)
class Paper:
    """A paper as a recipe's YAML file tells of it; without a file it has no number and claims nothing.

    Attributes:
        name: What stands beside its figures.
        citation: Authors, title, year.
        rows: (system, music) -> its figures.
        claims: What it says of its systems, see `musasr.report.paper.claims`.
        aims: What the recipe wants beyond it, likewise.
    """

    name: str = ""
    citation: str = ""
    rows: Mapping[tuple[str, str], Row] = field(default_factory=dict)
    claims: tuple[Mapping[str, Any], ...] = ()
    aims: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def load(cls, path: str | None) -> "Paper":
        """The paper of ``report.paper``: a file, from the repository's root on; None: no paper.

        Raises:
            ConfigError: The file is missing, or not such a one.
        """
        if path is None:
            return cls()
        file = CONF.parent / path
        try:
            content = plain_yaml.parse(file.read_text(encoding="utf-8"), where=str(file))
            rows = {(row["system"], row["music"]): row for row in content["numbers"]}
            claims, aims = (tuple(content.get(key, ())) for key in ("claims", "aims"))
            return cls(content["name"], content["citation"], rows, claims, aims)
        except OSError as error:
            mend = "check report.paper, or set it to null"
            raise ConfigError("no such paper", where=file, mend=mend) from error
        except (UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
            mend = "see egs/csj_anime/paper.yaml for what it holds"
            raise ConfigError(f"is no paper's file ({error!r})", where=file, mend=mend) from error

    def score(self, system: str, condition: Condition, score: str) -> float | None:
        """The paper's figure of one table cell, None where its tables have none.

        Args:
            system: As ``--systems`` spells it.
            condition: Music and SNR; clean speech stands with the main genre.
            score: "wer" (percent) or "sdr" (dB).
        """
        return self._cells(system, condition.music, score).get(_column(condition))

    def average(self, system: str, conditions: Collection[Condition], score: str) -> float | None:
        """The paper's mean over conditions of one kind of music; as printed where its table has the column.

        None where the paper averaged over other SNRs than these: that would be another figure.
        """
        first = next(iter(conditions))
        if first == CLEAN:
            return self.score(system, CLEAN, score)
        cells = dict(self._cells(system, first.music, score))
        printed = cells.pop(PRINTED_AVERAGE, None)
        cells.pop(CLEAN.name, None)
        if not cells or set(cells) != {_column(condition) for condition in conditions}:
            return None
        return sum(cells.values()) / len(cells) if printed is None else printed

    def _cells(self, system: str, music: str, score: str) -> Mapping[str, float]:
        return self.rows.get((system, music), {}).get(score, {})


def _column(condition: Condition) -> str:
    return CLEAN.name if condition.snr_db is None else f"{condition.snr_db:g}"
