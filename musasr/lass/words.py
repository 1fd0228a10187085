"""A query to the numbers of its words' pieces: a WordPiece vocabulary, and the words that a training saw."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from musasr.atomic import read_json, write_json, write_text
from musasr.errors import ConfigError, StateError
from musasr.lass.pieces import learn_pieces

FIRST, PAD, UNKNOWN = "[CLS]", "[PAD]", "[UNK]"
TOKENIZER, WORDS = "tokenizer.json", "words.json"
MEND = "prepare the corpus again"
WORD = re.compile(r"[^\W\d_]+")
# They say nothing of what is asked for.
FUNCTION_WORDS = frozenset(
    (
        *("a", "an", "and", "are", "at", "by", "for", "i", "in", "is", "it", "its", "of", "on", "or", "some"),
        *("the", "there", "to", "we", "with"),
    )
)
MOST_SHOWN = 5


class Words:
    """A vocabulary at work; a text is lower-cased, and begins with [CLS] as LASS-Net's do."""

    def __init__(self, tokenizer, known: Iterable[str], *, most_pieces: int, of_bert: bool = False):
        """Hold a `tokenizers.Tokenizer`, the captions' words, and whether it is of a BERT."""
        self.tokenizer, self.known, self.most_pieces = tokenizer, frozenset(known), most_pieces
        self.is_of_bert = of_bert

    @classmethod
    def train(cls, captions: Sequence[str], *, num_pieces: int, most_pieces: int) -> "Words":
        """The vocabulary of captions, of at most so many pieces; the padding is piece 0."""
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

        normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
        lines = [splitter.pre_tokenize_str(normalizer.normalize_str(one)) for one in sorted(set(captions))]
        counts = Counter(word for line in lines for word, _ in line)
        special = [PAD, UNKNOWN, FIRST]
        pieces = [*special, *learn_pieces(counts, number=num_pieces - len(special))]
        vocabulary = {piece: number for number, piece in enumerate(pieces)}
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN))
        tokenizer.add_special_tokens(special)
        tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
        return cls(tokenizer, words_of(" ".join(captions)), most_pieces=most_pieces)

    @classmethod
    def of_bert(cls, vocabulary: Path, known: Iterable[str], *, most_pieces: int) -> "Words":
        """The vocabulary of a BERT's vocab.txt, beside the words of the captions.

        Raises:
            StateError: The file is no vocabulary.
        """
        from tokenizers import BertWordPieceTokenizer

        try:
            tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        except Exception as error:  # the library raises Exception itself
            raise StateError("is no vocabulary", where=vocabulary, mend="give another BERT") from error
        return cls(tokenizer._tokenizer, known, most_pieces=most_pieces, of_bert=True)

    @classmethod
    def load(cls, directory: Path) -> "Words":
        """What `save` wrote.

        Raises:
            StateError: A file is missing or broken.
        """
        from tokenizers import Tokenizer

        path = directory / TOKENIZER
        if not path.is_file():
            raise StateError("there is no vocabulary", where=path, mend=MEND)
        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # the library raises Exception itself
            raise StateError("is no vocabulary", where=path, mend=MEND) from error
        keys = ["known", "most_pieces", "of_bert"]
        return cls(tokenizer, **read_json(directory / WORDS, mend=MEND, keys=keys))

    def save(self, directory: Path) -> None:
        """Write both files, each whole or not at all."""
        directory.mkdir(parents=True, exist_ok=True)
        write_text(directory / TOKENIZER, self.tokenizer.to_str())
        rest = {"most_pieces": self.most_pieces, "of_bert": self.is_of_bert}
        write_json(directory / WORDS, {"known": sorted(self.known), **rest})

    @property
    def num_pieces(self) -> int:
        """How many there are, the padding included."""
        return self.tokenizer.get_vocab_size()

    def pieces_of(self, text: str) -> list[int]:
        """The numbers of [CLS] and of the text's pieces, however many."""
        return self.tokenizer.encode(f"{FIRST} {text.lower()}", add_special_tokens=False).ids

    def check(self, text: str) -> list[str]:
        """The words of a query that no training saw; it has others, or a BERT reads them.

        Raises:
            ConfigError: The query is empty, too long, or has no word that means anything here.
        """
        where = "the query"
        if not text.strip():
            raise ConfigError("is empty", where=where, mend='write what to separate: "a person is speaking"')
        found = words_of(text)
        meaning = [word for word in found if word not in FUNCTION_WORDS]
        if not any(word in self.known for word in meaning) and not (self.is_of_bert and meaning):
            shown = ", ".join(meaning[:MOST_SHOWN]) or text.strip()[:40]
            mend = "ask, in English, for a sound that it was trained on"
            raise ConfigError(f"has no word that this model knows: {shown}", where=where, mend=mend)
        if (count := len(self.pieces_of(text))) > self.most_pieces:
            mend = "write one short sentence"
            what = f"has {count} pieces of words, and this model reads {self.most_pieces}"
            raise ConfigError(what, where=where, mend=mend)
        return [word for word in meaning if word not in self.known]


def words_of(text: str) -> list[str]:
    """The different words of a text in small letters, in their order."""
    return list(dict.fromkeys(WORD.findall(text.lower())))
