"""A folder of transformers' Whisper: what must be in it, and its tokens that are no text."""

from pathlib import Path

from musasr.errors import StateError
from musasr.recognizers.whisper import needs_whisper_extra

FILES = ("config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json")
MULTILINGUAL_SIZE = 51865  # units of the smallest of Whisper's vocabularies with languages


class SpecialTokens:
    """Ids of the tokens that are no text; text has lower ids than the end."""

    def __init__(self, generation, tokenizer):
        """Look them up in the model's generation settings and its tokenizer."""
        self.start = generation.decoder_start_token_id
        self.end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
        self.no_timestamps = tokenizer.convert_tokens_to_ids("<|notimestamps|>")
        self.no_speech = self.no_timestamps - 1  # <|nospeech|>, in older models <|nocaptions|>
        # An English model has none; its settings carry the keys all the same in some versions.
        named = getattr(generation, "lang_to_id", None) or {}
        self.languages = {token.strip("<|>"): number for token, number in named.items()}
        self.task = tokenizer.convert_tokens_to_ids("<|transcribe|>")
        self.alignment_heads = getattr(generation, "alignment_heads", None)
        self.suppressed = list(generation.suppress_tokens or [])
        self.suppressed_first = list(generation.begin_suppress_tokens or [])

    def prompt(self, language: str) -> list[int]:
        """What the decoder is given before the text."""
        if not self.languages:
            return [self.start, self.no_timestamps]
        return [self.start, self.languages[language], self.task, self.no_timestamps]

    def search_settings(self, **settings: int):
        """Of a search that draws nothing at random and writes no special token but the end."""
        from transformers import GenerationConfig

        return GenerationConfig(
            do_sample=False,
            eos_token_id=self.end,
            pad_token_id=self.end,
            decoder_start_token_id=self.start,
            suppress_tokens=self.suppressed or None,
            begin_suppress_tokens=self.suppressed_first or None,
            **settings,
        )


def load_folder(folder: Path, *, device: str):
    """Model, feature extractor and tokenizer of a folder.

    Raises:
        ConfigError: The package is missing.
        StateError: The folder is not whole, or no Whisper of this version of transformers.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise _missing(folder, name)
    try:
        from transformers import (
            WhisperFeatureExtractor,
            WhisperForConditionalGeneration,
            WhisperTokenizerFast,
        )
        from transformers import __version__ as version
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise needs_whisper_extra(str(error.name)) from error
    logging.disable_progress_bar()  # a line a file, for what takes a second
    try:
        model = WhisperForConditionalGeneration.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, attn_implementation="eager"
        )
        features = WhisperFeatureExtractor.from_pretrained(folder, local_files_only=True)
        tokenizer = WhisperTokenizerFast.from_pretrained(folder, local_files_only=True)
        if model.config.vocab_size >= MULTILINGUAL_SIZE and not hasattr(
            model.generation_config, "lang_to_id"
        ):
            raise ValueError("generation_config.json has no lang_to_id")
    except Exception as error:  # transformers, safetensors and tokenizers raise many types
        reason = " ".join(str(error).split())
        what = f"transformers {version} cannot load it ({reason})"
        raise StateError(
            what, where=folder, mend="save model and processor again with this version"
        ) from error
    return model.to(device).eval(), features, tokenizer


def _missing(folder: Path, name: str) -> StateError:
    pickled = folder / "pytorch_model.bin"
    if name == "model.safetensors" and pickled.is_file():
        mend = "save it again with save_pretrained, which writes model.safetensors"
        return StateError("holds its weights as a pickle, which is not read", where=pickled, mend=mend)
    mend = "save model and processor into one folder with save_pretrained"
    return StateError(f"has no {name}", where=folder, mend=mend)
