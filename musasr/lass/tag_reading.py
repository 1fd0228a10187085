"""What a model that knows tags alone makes of a sentence: two ways to map wordings to tags."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from musasr.lass.words import FUNCTION_WORDS, words_of


class TagReader:
    """Sentences to tags: by the tags' names, or by the trained caption that is most like the sentence."""

    def __init__(self, captions: Mapping[str, Sequence[str]]):
        """Hold the trained captions by tag."""
        self.tags = list(captions)
        self.names = {tag: set(tag.split("_")) for tag in captions}
        self.captions = [(tag, set(words_of(one))) for tag, own in captions.items() for one in own]
        counts = Counter(word for _, words in self.captions for word in words)
        self.weights = {word: math.log(len(self.captions) / count) for word, count in counts.items()}

    def by_name(self, sentence: str) -> list[str]:
        """The tags whose names share the most words with the sentence; all tags where none shares any."""
        words = set(words_of(sentence)) - FUNCTION_WORDS
        shared = {tag: len(words & names) / len(names) for tag, names in self.names.items()}
        most = max(shared.values())
        return [tag for tag, count in shared.items() if count == most]

    def by_caption(self, sentence: str) -> list[str]:
        """The tags of the trained captions nearest by weighted words (inverse document frequency, cosine)."""
        words = set(words_of(sentence))
        scores: dict[str, float] = {}
        for tag, caption in self.captions:
            scores[tag] = max(scores.get(tag, 0.0), self._cosine(words, caption))
        most = max(scores.values())
        return [tag for tag, score in scores.items() if score == most]

    def _cosine(self, words: set[str], caption: set[str]) -> float:
        shared = self._energy(words & caption)
        return shared / math.sqrt(self._energy(words) * self._energy(caption)) if shared else 0.0

    def _energy(self, words: set[str]) -> float:
        return sum(self.weights.get(word, 0.0) ** 2 for word in words)
