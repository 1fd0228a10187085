"""Whisper by transformers: where a model exists in that form alone, or on a GPU without CTranslate2."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from musasr.recognizers.alignment import Span, monotone_spans
from musasr.recognizers.reader import Reading, Word
from musasr.recognizers.transformers_whisper_files import SpecialTokens, load_folder
from musasr.recognizers.whisper import FORBIDDEN_NGRAM, SAMPLING_RATE, WhisperReader
from musasr.recognizers.whisper_attention import attention_by_frame, quiet_cuts
from musasr.recognizers.word_times import ordered, words_of_spans

FRAME_SECONDS = 0.02  # of an encoded frame: two of 10 ms
WINDOW_SECONDS = 30.0  # that the model hears at once
CUT_WITHIN_SECONDS = 10.0  # from the end of a window backwards: there a longer waveform is cut


@dataclass(frozen=True)
class _Window:
    """What one window gave: words from its start on, the text, and the sum of log probabilities."""

    words: tuple[Word, ...]
    text: str
    score: float


class TransformersWhisperReader(WhisperReader):
    """A folder of WhisperForConditionalGeneration, as ``save_pretrained`` of model and processor writes it.

    A waveform of more than 30 s is cut where it is quietest. A word's time is where the cross-attention of
    the model's alignment heads (those of the upper half of its layers, where it names none) looks, cut
    between the tokens by `musasr.recognizers.alignment.monotone_spans`; its confidence is the mean of its
    tokens' probabilities.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        sampling_rate: int,
        device: str = "cpu",
        language: str | None = None,
        beam_size: int = 5,
        word_times: bool = True,
        no_speech_threshold: float = 0.6,
        log_prob_threshold: float = -1.0,
        compression_ratio_threshold: float = 2.4,
    ):
        """Load the weights, from safetensors alone: a pickle is not read.

        Args:
            model: The folder.
            sampling_rate: Of the waveforms, Hz.
            device: Where to compute.
            language: See `WhisperReader`, as all others.
            beam_size: See there.
            word_times: See there.
            no_speech_threshold: See there.
            log_prob_threshold: See there.
            compression_ratio_threshold: See there.

        Raises:
            ConfigError: The package is missing, or a setting is wrong.
            StateError: The folder is not whole, or no Whisper of this version of transformers.
        """
        self.model, self.features, self.tokenizer = load_folder(Path(model), device=device)
        self.tokens = SpecialTokens(self.model.generation_config, self.tokenizer)
        super().__init__(
            sampling_rate=sampling_rate,
            languages=self.tokens.languages or ("en",),
            language=language,
            beam_size=beam_size,
            word_times=word_times,
            no_speech_threshold=no_speech_threshold,
            log_prob_threshold=log_prob_threshold,
            compression_ratio_threshold=compression_ratio_threshold,
        )

    def _detect(self, waveform: np.ndarray) -> tuple[str, float]:
        """See `WhisperReader`."""
        return self._language_of(self._encode(waveform[: round(WINDOW_SECONDS * SAMPLING_RATE)]))

    @torch.inference_mode()
    def _read(self, waveform: np.ndarray) -> Reading:
        language, windows = self.language, []
        for start, end in self._windows(waveform):
            encoded = self._encode(waveform[start:end])
            language = language or self._language_of(encoded)[0]  # the first window's is the waveform's
            window = self._read_window(encoded, language, duration=(end - start) / SAMPLING_RATE)
            windows.append((start / SAMPLING_RATE, window))
        words = [
            word
            if word.start is None
            else Word(word.text, word.start + start, word.end + start, word.confidence)
            for start, window in windows
            for word in window.words
        ]
        text = "".join(window.text for _, window in windows).strip()
        score = float(sum(window.score for _, window in windows))
        return Reading(ordered(words, len(waveform) / SAMPLING_RATE), score=score, spelling=text)

    def _windows(self, waveform: np.ndarray) -> Iterator[tuple[int, int]]:
        """First sample, and one behind the last, of each window."""
        longest, within = (round(one * SAMPLING_RATE) for one in (WINDOW_SECONDS, CUT_WITHIN_SECONDS))
        return pairwise([0, *quiet_cuts(waveform, longest=longest, within=within), len(waveform)])

    @torch.inference_mode()
    def _encode(self, waveform: np.ndarray) -> Tensor:
        """A window's encoded frames (1, L, D), silence behind it."""
        features = self.features(waveform, sampling_rate=SAMPLING_RATE, return_tensors="pt")
        values = features.input_features.to(self.model.device, self.model.dtype)
        return self.model.model.encoder(values).last_hidden_state

    @torch.inference_mode()
    def _language_of(self, encoded: Tensor) -> tuple[str, float]:
        if not self.tokens.languages:
            return "en", 1.0
        logits = self._decode(encoded, [self.tokens.start]).logits[0, 0]
        probabilities = logits[list(self.tokens.languages.values())].float().softmax(dim=0)
        best = int(probabilities.argmax())
        return list(self.tokens.languages)[best], float(probabilities[best])

    def _read_window(self, encoded: Tensor, language: str, *, duration: float) -> _Window:
        """What is left of a window's text behind the guards."""
        for ngram in (0, FORBIDDEN_NGRAM):
            ids = self._search(encoded, language, no_repeat_ngram_size=ngram)
            text = self.tokenizer.decode(ids)
            if not self._repeats_itself(text):
                break
        else:
            return _Window((), "", 0.0)
        prompt = self.tokens.prompt(language)
        seen = self._decode(encoded, [*prompt, *ids, self.tokens.end], attentions=self.word_times)
        logs = seen.logits[0].float().log_softmax(dim=1)
        given = torch.tensor([*ids, self.tokens.end], device=logs.device)
        chosen = logs[len(prompt) - 1 : -1].gather(1, given[:, None])[:, 0]
        speechless = float(logs[0, self.tokens.no_speech].exp())
        if self._is_speechless(no_speech_probability=speechless, log_probability=float(chosen.mean())):
            return _Window((), "", 0.0)
        words = tuple(Word(word) for word in text.split())
        if self.word_times and ids:
            spans = self._spans(seen.cross_attentions, len(prompt), chosen, duration)
            words = words_of_spans(ids, spans, self, frame_seconds=FRAME_SECONDS)
        return _Window(words, text, float(chosen.sum()))

    def _search(self, encoded: Tensor, language: str, *, no_repeat_ngram_size: int) -> list[int]:
        """Text tokens of the best hypothesis."""
        from transformers.generation import GenerationMixin
        from transformers.modeling_outputs import BaseModelOutput

        prompt = self.tokens.prompt(language)
        room = self.model.config.max_target_positions - len(prompt) - 1
        # The search of transformers itself: Whisper's own would choose the prompt and fall back on chance.
        found = GenerationMixin.generate(
            self.model,
            encoder_outputs=BaseModelOutput(last_hidden_state=encoded),
            generation_config=self.tokens.search_settings(
                max_new_tokens=room, num_beams=self.beam_size, no_repeat_ngram_size=no_repeat_ngram_size
            ),
            decoder_input_ids=torch.tensor([prompt], device=encoded.device),
        )
        return [one for one in found[0, len(prompt) :].tolist() if one < self.tokens.end]

    def _decode(self, encoded: Tensor, ids: list[int], *, attentions: bool = False):
        """The model's outputs for known tokens."""
        return self.model(
            encoder_outputs=(encoded,),
            decoder_input_ids=torch.tensor([ids], device=encoded.device),
            output_attentions=attentions,
        )

    def _spans(
        self, attentions: tuple[Tensor, ...], prompt_length: int, chosen: Tensor, duration: float
    ) -> list[Span]:
        """Frames of each text token: what lies behind the last of them is left to the end's token."""
        num_frames = max(1, round(duration / FRAME_SECONDS))
        weights = attention_by_frame(
            attentions,
            heads=self.tokens.alignment_heads,
            rows=slice(prompt_length - 1, prompt_length - 1 + len(chosen)),
            num_frames=num_frames,
        )
        return monotone_spans(weights, chosen.exp().tolist())[:-1]

    def decode(self, ids: list[int]) -> str:
        """The text of tokens, without white space around it: see `musasr.recognizers.word_times.Spelling`."""
        return self.tokenizer.decode(ids).strip()

    def begins_word(self, unit: int) -> bool:
        """Whether a token begins with the space before a word."""
        return self.tokenizer.decode([unit]).startswith(" ")
