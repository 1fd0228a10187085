"""What is agreed on: kinds of talks, test sets, and how much the standard recipe finds in them."""

from collections.abc import Iterable
from dataclasses import dataclass

KINDS = {"aps": "A", "sps": "S", "dialogue": "D", "reading": "R", "other": "M"}
"""Academic and simulated public speaking, dialogue, reading, other: the first letter of a talk's id."""

TEST_SETS = {
    "eval1": (
        "A01M0097", "A01M0110", "A01M0137", "A03M0106", "A03M0112",
        "A03M0156", "A04M0051", "A04M0121", "A04M0123", "A05M0011",
    ),
    "eval2": (
        "A01F0001", "A01F0034", "A01F0063", "A01M0056", "A01M0141",
        "A02M0012", "A03F0072", "A03M0016", "A06F0135", "A06M0064",
    ),
    "eval3": (
        "S00F0019", "S00F0066", "S00F0148", "S00F0152", "S00M0008",
        "S00M0070", "S00M0079", "S00M0112", "S00M0213", "S01F0105",
    ),
}  # fmt: skip

TEST_TALKS = frozenset(talk_id for talks in TEST_SETS.values() for talk_id in talks)

EXCLUDED = frozenset({"D01M0019", "D02M0028", "D03M0017", "D04M0056", "R00M0187", "S05M0613"})
"""Other talks of the speaker of A01M0056 (eval2): never in training."""


@dataclass(frozen=True)
class Size:
    """How large a test set is: utterances, and characters without spaces."""

    num_utterances: int
    num_characters: int

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Size":
        """Return the size of transcripts."""
        lengths = [len(words.replace(" ", "")) for words in texts]
        return cls(len(lengths), sum(lengths))

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.num_utterances} utterances and {self.num_characters} characters"


EXPECTED = {"eval1": Size(1272, 43897), "eval2": Size(1292, 43623), "eval3": Size(1385, 28225)}
"""What ESPnet's recipe for CSJ finds, after its masked utterances are dropped."""
