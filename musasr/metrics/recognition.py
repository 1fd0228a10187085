"""Word and character error rates, with the counts of each utterance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from musasr.errors import DataError


@dataclass(frozen=True)
class ErrorRate:
    """Errors of a test set, in total and per utterance (in the order of the references).

    Attributes:
        utterance_errors: Substitutions, deletions and insertions of each utterance, (N,) int.
        utterance_tokens: Reference tokens of each utterance, (N,) int.
        substitutions: Their total.
        deletions: Their total.
        insertions: Their total.
    """

    utterance_errors: np.ndarray
    utterance_tokens: np.ndarray
    substitutions: int
    deletions: int
    insertions: int

    @classmethod
    def pooled(cls, parts: Sequence["ErrorRate"]) -> "ErrorRate":
        """That of several test sets as one, their utterances in the order of the parts."""
        errors, tokens = (
            np.concatenate([getattr(one, name) for one in parts])
            for name in ("utterance_errors", "utterance_tokens")
        )
        totals = {
            name: sum(getattr(one, name) for one in parts)
            for name in ("substitutions", "deletions", "insertions")
        }
        return cls(errors, tokens, **totals)

    @property
    def errors(self) -> int:
        """All errors."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def num_tokens(self) -> int:
        """All reference tokens."""
        return int(self.utterance_tokens.sum())

    @property
    def percent(self) -> float:
        """100 errors / num_tokens; above 100 where insertions abound."""
        return 100 * self.errors / self.num_tokens


def corpus_wer(references: Mapping[str, str], hypotheses: Mapping[str, str]) -> ErrorRate:
    """Return the word errors; words are what white space separates.

    Args:
        references: utterance_id -> true words, which may be none: what is recognised there is inserted.
        hypotheses: utterance_id -> recognised words, which may be none.

    Raises:
        DataError: The two differ in their utterances, or no reference holds a word.
    """
    _check_same_utterances(references, hypotheses)
    return _count(list(references.values()), [hypotheses[key] for key in references])


def corpus_cer(references: Mapping[str, str], hypotheses: Mapping[str, str]) -> ErrorRate:
    """Return the character errors; white space is left out on both sides.

    Args:
        references: utterance_id -> true words, which may be none.
        hypotheses: utterance_id -> recognised words, which may be none.

    Raises:
        DataError: The two differ in their utterances, or no reference holds a character.
    """
    _check_same_utterances(references, hypotheses)
    return _count(
        [_spelt(text) for text in references.values()], [_spelt(hypotheses[key]) for key in references]
    )


def _check_same_utterances(references: Mapping[str, str], hypotheses: Mapping[str, str]) -> None:
    missing = [key for key in references if key not in hypotheses]
    unknown = [key for key in hypotheses if key not in references]
    if missing or unknown:
        what = f"{len(missing)} utterances without a hypothesis, {len(unknown)} without a reference"
        raise DataError(f"{what} (first: {(missing + unknown)[0]})", mend="recognise the same test set")


def _count(references: list[str], hypotheses: list[str]) -> ErrorRate:
    import jiwer

    if not any(text.split() for text in references):
        num_inserted = sum(len(text.split()) for text in hypotheses)
        what = f"no reference holds a word, so the {num_inserted} that were inserted have no rate"
        raise DataError(what, mend="score a test set with words")
    # jiwer splits at the space alone, not at the full-width one.
    single_spaced = [[" ".join(text.split()) for text in texts] for texts in (references, hypotheses)]
    aligned = jiwer.process_words(*single_spaced)
    errors = [sum(_num_errors(chunk) for chunk in chunks) for chunks in aligned.alignments]
    return ErrorRate(
        utterance_errors=np.array(errors, dtype=np.int64),
        utterance_tokens=np.array([len(words) for words in aligned.references], dtype=np.int64),
        substitutions=aligned.substitutions,
        deletions=aligned.deletions,
        insertions=aligned.insertions,
    )


def _spelt(text: str) -> str:
    return " ".join("".join(text.split()))


def _num_errors(chunk) -> int:
    if chunk.type == "equal":
        return 0
    return max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)


def cpwer(*, reference: Mapping[str, str], hypothesis: Mapping[str, str]) -> float:
    """Concatenated minimum-permutation word error rate, percent (Watanabe et al. 2020): by meeteval.

    Args:
        reference: Speaker -> all that they say, in words.
        hypothesis: The same of whoever was found; the names need not agree.

    Raises:
        ValueError: No word is said.
    """
    from meeteval.wer import cp_word_error_rate

    in_order = {"reference_sort": False, "hypothesis_sort": False}
    rate = cp_word_error_rate(dict(reference), dict(hypothesis), **in_order).error_rate
    if rate is None:
        raise ValueError("no word is said")
    return 100 * float(rate)
