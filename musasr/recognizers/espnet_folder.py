"""A recogniser that ESPnet trained, from its configuration and weights: neither can run code here."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import torch
from torch import Tensor, nn

from musasr.errors import ConfigError, StateError
from musasr.recognizers.espnet_archive import EspnetFiles
from musasr.recognizers.espnet_search import EspnetSearch, SearchSettings
from musasr.recognizers.espnet_units import TOKEN_TYPES, TokenSpelling
from musasr.recognizers.reader import Reading, Word
from musasr.recognizers.search import NOTHING, TokenHypothesis
from musasr.recognizers.unit_times import UnitAligner
from musasr.recognizers.word_times import timed_words

# Kinds of each part that are made of the weights beside them alone. Others of ESPnet's fetch a model from an
# address that the configuration names, or unpickle one.
SAFE_PARTS: Mapping[str, Sequence[str | None]] = {
    "frontend": ("default", "sliding_window", "log_mel", None),
    "specaug": ("specaug", None),
    "normalize": ("global_mvn", "utterance_mvn", None),
    "preencoder": ("sinc", "linear", None),
    "encoder": (
        "conformer",
        "transformer",
        "vgg_rnn",
        "rnn",
        "longformer",
        "branchformer",
        "e_branchformer",
        "multiconv_conformer",
        "contextual_block_transformer",
        "contextual_block_conformer",
        "conv_blstm",
    ),
    "postencoder": ("length_adaptor", None),
    "decoder": (
        "transformer",
        "lightweight_conv",
        "lightweight_conv2d",
        "dynamic_conv",
        "dynamic_conv2d",
        "rnn",
        "location_lstm",
        None,
    ),
    "model": ("espnet", None),
}
UNLOADED = ("init", "init_param")  # of the configuration: the weights come whole
DEFAULT_RATE = 16000  # Hz, of ESPnet's front end where its configuration names none


class EspnetFolderReader:
    """An ESPnet recogniser as a `musasr.recognizers.reader.Reader`.

    Each waveform is encoded alone: ESPnet's classes hear padding. Words have times from CTC's alignment where
    the model has CTC; with none, evenly over the utterance (with our own decoder, by its attention), and no
    confidence then.
    """

    def __init__(
        self,
        s2t_model: nn.Module,
        spelling: TokenSpelling,
        search: EspnetSearch,
        *,
        sampling_rate: int,
        word_times: bool = True,
    ):
        """Put parts together that are built and on their device.

        Args:
            s2t_model: ESPnet's recognition model.
            spelling: Of its units.
            search: For this model.
            sampling_rate: That the model was trained on, Hz.
            word_times: Whether words have times and confidences.
        """
        self.s2t_model = s2t_model
        self.spelling = spelling
        self.search = search
        self.sampling_rate = sampling_rate
        self.aligner = UnitAligner(s2t_model, sampling_rate=sampling_rate) if word_times else None

    @torch.inference_mode()
    def __call__(self, waveforms: Tensor, lengths: Tensor) -> list[Reading]:
        """The best hypothesis of each waveform of (B, T); see `Reader`."""
        return [
            self._read(waveform[:length])
            for waveform, length in zip(waveforms, lengths.tolist(), strict=True)
        ]

    def _read(self, waveform: Tensor) -> Reading:
        encoded = self._encode(waveform)
        hypothesis = NOTHING if encoded is None else self.search(encoded)
        text = self.spelling.decode(hypothesis.token_ids)
        words = self._words(hypothesis, encoded, text, duration=len(waveform) / self.sampling_rate)
        return Reading(words, hypothesis.score, spelling=text)

    def _encode(self, waveform: Tensor) -> Tensor | None:
        """Encoded frames (L, D); None where the waveform is too short for the encoder."""
        from espnet2.legacy.nets.pytorch_backend.transformer.subsampling import TooShortUttError

        try:
            encoded, lengths = self.s2t_model.encode(
                waveform[None], torch.tensor([len(waveform)], device=waveform.device)
            )
        except (TooShortUttError, RuntimeError):
            # RuntimeError: a waveform below one window, which only a long one tells from a fault.
            if len(waveform) < self.sampling_rate // 4:
                return None
            raise
        encoded = encoded[0] if isinstance(encoded, tuple) else encoded  # beside it: what inner layers gave
        return encoded[0, : int(lengths[0])]

    def _words(
        self, hypothesis: TokenHypothesis, encoded: Tensor | None, text: str, *, duration: float
    ) -> tuple[Word, ...]:
        ids = hypothesis.token_ids
        if self.aligner is None or not ids:
            return tuple(Word(word) for word in text.split())
        scale = {"frame_seconds": self.aligner.frame_seconds, "duration": duration}
        return timed_words(ids, self.aligner(encoded, ids), self.spelling, **scale)


def read_folder(
    files: EspnetFiles, *, device: str = "cpu", word_times: bool = True, search: SearchSettings | None = None
) -> EspnetFolderReader:
    """The reader of a model's files.

    Args:
        files: From `musasr.recognizers.espnet_archive.files_of`.
        device: Where to compute.
        word_times: See `EspnetFolderReader`.
        search: Of the search; None: its defaults.

    Raises:
        ConfigError: The search asks for a part that the model has not.
        StateError: The model is of another task or version, has parts that would fetch others, or its weights
            are a pickle, broken, or do not fit.
    """
    settings = files.settings()
    _check(settings, files)
    weights = load_weights(files)
    model = _build(settings, weights, files).to(device).eval()
    spelling = TokenSpelling(model.token_list, token_type=settings.get("token_type", "bpe"))
    return EspnetFolderReader(
        model,
        spelling,
        EspnetSearch(model, search or SearchSettings()),
        sampling_rate=_rate(settings),
        word_times=word_times,
    )


def load_weights(files: EspnetFiles) -> dict[str, Tensor]:
    """The tensors of a weights file by name.

    Raises:
        StateError: It holds other objects, which only running their code could make, or is broken.
    """
    where = files.name if files.weights.name in files.name else f"{files.name}: {files.weights.name}"
    try:
        with warnings.catch_warnings(action="ignore"):  # of a pickle's version, before it is refused
            weights = torch.load(files.weights, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has no one type for a broken file
        what = "is no file of tensors alone (a pickle of other objects is not read, or it is broken)"
        raise StateError(
            what, where=where, mend="save the model's state_dict() alone, or fetch it again"
        ) from error
    is_plain = isinstance(weights, Mapping) and all(isinstance(one, Tensor) for one in weights.values())
    if not weights or not is_plain:
        mend = "name the weights of an epoch or their average, not a checkpoint"
        raise StateError("holds no weights by name", where=where, mend=mend)
    return dict(weights)


def _check(settings: Mapping[str, Any], files: EspnetFiles) -> None:
    """See that the configuration is a recogniser's, of parts that load nothing else."""
    if "token_list" not in settings or "encoder" not in settings:
        what = f"{files.config.name} is of no recogniser of ESPnet's task asr"
        raise StateError(what, where=files.name, mend="name a model of that task, for this version of ESPnet")
    for part, safe in SAFE_PARTS.items():
        if settings.get(part) not in safe:
            what = f"has a {part} {settings[part]!r}, which may bring weights from elsewhere"
            known = ", ".join(one for one in safe if one)
            raise StateError(what, where=files.name, mend=f"take a model with one of: {known}")
    if settings.get("token_type", "bpe") not in TOKEN_TYPES:
        what = f"writes units of type {settings['token_type']!r}"
        raise StateError(what, where=files.name, mend=f"take a model of {', '.join(TOKEN_TYPES)}")


def _build(settings: Mapping[str, Any], weights: Mapping[str, Tensor], files: EspnetFiles) -> nn.Module:
    """ESPnet's model of the settings with these weights."""
    with redirect_stderr(StringIO()):  # ESPnet prints that an optional package for GPUs is not there
        from espnet2 import __version__ as version
        from espnet2.tasks import asr

    from musasr.recognizers.espnet_classes import register

    register(asr)
    made = f", packed by ESPnet {files.version}" if files.version else ""
    try:
        options = asr.ASRTask.get_parser().parse_args([])
        for key, value in settings.items():
            setattr(options, key, None if key in UNLOADED else value)
        model = asr.ASRTask.build_model(options)
        model.load_state_dict(dict(weights))
    except Exception as error:  # whatever a foreign configuration leads to
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        what = f"ESPnet {version} cannot build it{made} ({reason})"
        raise StateError(what, where=files.name, mend="take a model of this version of ESPnet") from error
    return model


def _rate(settings: Mapping[str, Any]) -> int:
    """The sampling rate of a configuration that a model was built from, such as 16000 or "16k", Hz."""
    import humanfriendly

    conf = settings.get("frontend_conf") or {}
    rate = conf.get("fs", conf.get("sampling_rate", DEFAULT_RATE))
    return rate if isinstance(rate, int) else humanfriendly.parse_size(rate)


def search_settings(settings: Mapping[str, Any]) -> SearchSettings:
    """The search that a user's settings describe.

    Raises:
        ConfigError: A setting is unknown or out of range.
    """
    from musasr.plugins import check_arguments

    check_arguments(SearchSettings, settings, provided=(), where="reading")
    try:
        return SearchSettings(**settings)
    except TypeError as error:
        raise ConfigError(
            f"a value is of the wrong kind ({error})", where="reading", mend="give numbers"
        ) from error
