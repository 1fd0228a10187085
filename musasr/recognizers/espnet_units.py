"""How the units of an ESPnet recogniser are spelt: from its token list alone, without its tokenizer."""

import re
from collections.abc import Sequence

from musasr.text import BLANK, SOS_EOS

SPACE_MARK, SPACE_TOKEN = "\u2581", "<space>"  # sentencepiece's, and the one of ESPnet's characters
SILENT = (BLANK, SOS_EOS, "<sos>", "<eos>")
BYTE = re.compile(r"<0x([0-9A-F]{2})>")  # sentencepiece's fall-back for a character that is no piece
TOKEN_TYPES = ("bpe", "char", "word")


class TokenSpelling:
    """A token list as a `musasr.recognizers.word_times.Spelling`.

    The text is what ESPnet's tokenizers write: pieces joined, and a space where the space's mark or token
    stands; words, with single spaces between them.
    """

    def __init__(self, tokens: Sequence[str], *, token_type: str):
        """Hold the list.

        Args:
            tokens: By id.
            token_type: One of `TOKEN_TYPES`, as ESPnet's configuration says.
        """
        self.tokens = tuple(tokens)
        self.token_type = token_type

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, without white space around it."""
        kept = [self.tokens[int(one)] for one in ids if self.tokens[int(one)] not in SILENT]
        if self.token_type == "word":
            return " ".join(kept)
        return _with_bytes([self._spelt(token) for token in kept]).strip()

    def begins_word(self, unit: int) -> bool:
        """Whether a token is a word, the space before one, or begins with it."""
        token = self.tokens[unit]
        return self.token_type == "word" or token == SPACE_TOKEN or token.startswith(SPACE_MARK)

    def _spelt(self, token: str) -> str:
        if self.token_type == "char":
            return " " if token == SPACE_TOKEN else token
        return token.replace(SPACE_MARK, " ")


def _with_bytes(pieces: Sequence[str]) -> str:
    """The pieces joined; runs of bytes are the characters that they spell."""
    result, pending = [], bytearray()
    for piece in (*pieces, ""):
        match = BYTE.fullmatch(piece)
        if match:
            pending.append(int(match[1], 16))
            continue
        result.append(pending.decode("utf-8", errors="replace") + piece)
        pending.clear()
    return "".join(result)
