"""Whisper in small: random weights, real configuration, tokenizer and file layout, in both forms."""

from pathlib import Path

import torch

NUM_TIMES = 1501  # the timestamps' tokens
# CTranslate2 knows a model with languages by its vocabulary: of this size, its last text empty.
SIZES, NUM_LANGUAGES = {True: 51865, False: 51864}, 99
TEXT_PIECES = ("Ġt", "he", "Ġthe", "ãģ")  # the last: the first two of あ's three bytes


ENDING = 25.0  # how much the end of the text is preferred


def save_transformers(folder: Path, *, is_multilingual: bool = True, seed: int = 1) -> Path:
    """A folder as save_pretrained writes it: model.safetensors, tokenizer.json, preprocessor_config.json."""
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    languages = list(LANGUAGES)[:NUM_LANGUAGES]
    tokenizer = _tokenizer(languages, num_units=SIZES[is_multilingual] - NUM_TIMES)
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    config = WhisperConfig(
        vocab_size=SIZES[is_multilingual],
        num_mel_bins=80,
        d_model=16,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        decoder_start_token_id=end + 1,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
    )
    torch.manual_seed(seed)
    model = WhisperForConditionalGeneration(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(6)  # a random model that prefers something, and comes to an end
        decoder = model.model.decoder
        decoder.embed_tokens.weight[end].normal_(std=0.12)  # as it pads too, it begins as zero
        decoder.layer_norm.bias.add_(ENDING * decoder.embed_tokens.weight[end])
    settings = model.generation_config
    settings.suppress_tokens, settings.begin_suppress_tokens = [], [end]
    settings.alignment_heads = [[1, 0], [1, 1]]
    settings._from_model_config = False  # it has keys of Whisper's own now
    if is_multilingual:
        settings.lang_to_id = {
            f"<|{one}|>": tokenizer.convert_tokens_to_ids(f"<|{one}|>") for one in languages
        }
    for one in (model, tokenizer, WhisperFeatureExtractor()):
        one.save_pretrained(folder)
    return folder


def save_faster(source: Path, folder: Path) -> Path:
    """The same model in CTranslate2's form, by its own converter."""
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(str(source), copy_files=["tokenizer.json", "preprocessor_config.json"])
    converter.convert(str(folder))
    return folder


def _tokenizer(languages, *, num_units):
    """Whisper's byte-level tokenizer: few merges, words that fill it, special tokens in its order."""
    from transformers import WhisperTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    merges = [("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("ã", "ģ")]
    specials = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{language}|>" for language in languages),
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    pieces = [*bytes_to_unicode().values(), *TEXT_PIECES]
    pieces += [f"Ġw{number}" for number in range(num_units - len(pieces) - len(specials) - 1)] + [""]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = WhisperTokenizer(vocab=vocabulary, merges=merges)
    tokenizer.add_special_tokens({"additional_special_tokens": specials})
    return tokenizer
