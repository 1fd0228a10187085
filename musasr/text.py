"""Transcripts: one spelling for one thing, and the units (characters or BPE) that the recogniser predicts."""

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from musasr.atomic import replacing, write_text
from musasr.errors import ConfigError, DataError, StateError

BLANK, UNKNOWN, SOS_EOS = "<blank>", "<unk>", "<sos/eos>"
UNIT_TYPES = ("bpe", "char")
_SPACE_MARK = "\u2581"  # how sentencepiece spells the space before a word
_TOO_MANY = re.compile(r"<= (\d+)")


def normalise(text: str) -> str:
    """Return the text in one spelling: NFKC, lower case, single spaces, no invisible characters.

    Punctuation stays: whether it is spoken is for the corpus to say. Applying it twice changes nothing more.
    """
    text = unicodedata.normalize("NFKC", text).lower().replace(_SPACE_MARK, " ")
    visible = "".join(
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf")
    )
    # Lower case and the loss of joiners can leave characters that NFKC composes.
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def train_units(
    text_lines: Iterable[str], directory: str | Path, *, unit_type: str, num_units: int | None
) -> "Units":
    """Train units on transcripts, write `tokens.txt` and `bpe.model` into `directory`, and return them.

    tokens.txt has ESPnet's order, one unit a line: <blank>, <unk>, the units of sentencepiece, <sos/eos>.

    Args:
        text_lines: Normalised transcripts, words separated by spaces.
        directory: Where the two files go.
        unit_type: "bpe", or "char" (each character is a unit, and so is the space).
        num_units: Lines of tokens.txt, special units included: exact for "bpe"; for "char" a
            bound or None.

    Raises:
        ConfigError: The type is unknown, or the text does not have (or needs more than) that many units.
        DataError: There is no text.
    """
    if unit_type not in UNIT_TYPES:
        raise ConfigError(f"unknown unit_type {unit_type!r}", mend=f"choose one of {', '.join(UNIT_TYPES)}")
    if unit_type == "bpe" and num_units is None:
        raise ConfigError("unit_type bpe needs num_units", mend="set num_units")
    lines = [line for line in text_lines if line.strip()]
    if not lines:
        raise DataError("there is no text to train units on", where=directory)
    directory = Path(directory)
    with replacing(directory / "bpe.model") as temporary:
        temporary.write_bytes(_train_sentencepiece(lines, unit_type, num_units))
    processor = _load_processor(directory / "bpe.model")
    tokens = _token_list(processor)
    if num_units is not None and len(tokens) > num_units:  # char: every character is kept
        what = f"the text gives {len(tokens)} {unit_type} units, not {num_units}"
        raise ConfigError(what, where="num_units", mend=f"set it to {len(tokens)} or more")
    write_text(directory / "tokens.txt", "".join(f"{token}\n" for token in tokens))
    return Units(processor, tokens)


class Units:
    """The recogniser's units: text to ids and back. Ids are line numbers of tokens.txt, from 0."""

    def __init__(self, processor, tokens: Sequence[str]):
        """Pair a sentencepiece processor with its token list (`Units.load` checks that they agree)."""
        self._processor = processor
        self.tokens = tuple(tokens)

    @classmethod
    def load(cls, directory: str | Path) -> "Units":
        """Return the units that `train_units` wrote into `directory`.

        Raises:
            StateError: A file is missing, or the two files are not of one training.
        """
        directory = Path(directory)
        for name in ("bpe.model", "tokens.txt"):
            if not (directory / name).is_file():
                raise StateError(f"no {name}", where=directory, mend="run musasr prepare units")
        processor = _load_processor(directory / "bpe.model")
        tokens = (directory / "tokens.txt").read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        if tokens != _token_list(processor):
            what = "tokens.txt and bpe.model do not belong together, or one is cut off"
            raise StateError(what, where=directory, mend="remove that folder, and run musasr prepare units")
        return cls(processor, tokens)

    @property
    def num_units(self) -> int:
        """How many units there are, <blank>, <unk> and <sos/eos> included."""
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a transcript, without <sos/eos>; unknown characters become the id of <unk>."""
        return [piece_id + 1 for piece_id in self._processor.encode(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the words of ids, space by space, without <blank> and <sos/eos>; <unk> is spelled so."""
        silent = (0, self.num_units - 1)
        return self._processor.decode([int(unit) - 1 for unit in ids if int(unit) not in silent]).strip()

    def begins_word(self, unit: int) -> bool:
        """Whether the unit of an id is the space before a word, or begins with it."""
        return self.tokens[unit].startswith(_SPACE_MARK)


def _train_sentencepiece(lines: list[str], unit_type: str, num_units: int | None) -> bytes:
    import sentencepiece

    model = io.BytesIO()
    num_characters = len(set("".join(lines)) | {" "})
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            model_type=unit_type,
            # tokens.txt adds <blank> and <sos/eos>; <unk> is sentencepiece's own.
            vocab_size=num_characters + 1 if unit_type == "char" else num_units - 2,
            use_all_vocab=unit_type == "char",
            character_coverage=1.0,
            # The text is normalised already, and once is enough: normalise() is the one place.
            normalization_rule_name="identity",
            # Longer lines would be left out without a word.
            max_sentence_length=max(len(line.encode()) for line in lines) + 1,
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            unk_surface=UNKNOWN,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        needed = num_characters + 3
        most = _TOO_MANY.search(str(error))
        mend = f"set it to {int(most[1]) + 2} or less" if most else f"set it to {needed} or more"
        raise ConfigError(
            f"the text cannot give {num_units} {unit_type} units", where="num_units", mend=mend
        ) from error
    return model.getvalue()


def _load_processor(path: Path):
    import sentencepiece

    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError) as error:
        raise StateError(
            "not a sentencepiece model", where=path, mend="remove its folder, and run musasr prepare units"
        ) from error


def _token_list(processor) -> list[str]:
    pieces = [processor.id_to_piece(index) for index in range(processor.get_piece_size())]
    return [BLANK, *pieces, SOS_EOS]
