"""Mixtures as a loader makes them, from files; ESPnet's preprocessor and lhotse's mixing beside ours."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from musasr import audio
from musasr.bench.separation import ESPNET
from musasr.bench.timing import OURS, Work
from musasr.errors import ConfigError
from musasr.kaldi import Piece
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.dynamic import DynamicMixer, mix

SAMPLING_RATE = 16_000
LHOTSE = "lhotse"
LEVEL = 0.05  # of the noise that stands for speech and music: far from what would be scaled down
SNR_DB = 5.0  # each way draws from -5 to 5, or with that standard deviation


def mixing_work(
    *, num_utterances: int, seconds: float, num_pieces: int = 8, piece_seconds: float = 60.0
) -> Work:
    """Utterances and random spans of music at random SNRs, each read from 16-bit wavs and added.

    Args:
        num_utterances: Mixed one after the other, as one worker of a loader does.
        seconds: Of each.
        num_pieces: Of music.
        piece_seconds: Of each.

    Raises:
        ConfigError: A peer is not installed.
    """
    folder = TemporaryDirectory(prefix="musasr-bench-")
    root = Path(folder.name)
    speech = _write(root, "speech", num_utterances, seconds)
    music = _write(root, "music", num_pieces, piece_seconds)
    theirs = {ESPNET: _espnet(root, speech, music), LHOTSE: _lhotse(speech, music)}

    def ours() -> None:
        folder.name  # noqa: B018 (the files stay as long as this can be called)
        for path in speech:
            mixer(path.stem, audio.read(path)[0], epoch=1)

    pieces = [Piece(path.stem, path, piece_seconds, "noise") for path in music]
    library = MusicLibrary(pieces, sampling_rate=SAMPLING_RATE, crossfade_seconds=0.1)
    mixer = DynamicMixer(library, seed=0, snr_mean_db=0.0, snr_std_db=SNR_DB)
    return Work(
        title=f"mixing, {num_utterances} x {seconds:g} s from files",
        ways={OURS: ours} | theirs,
        difference=_difference(speech[0], music[0], seconds),
        unit="largest difference to lhotse at one place and SNR; draws differ",
        audio_seconds=num_utterances * seconds,
    )


def _write(root: Path, name: str, number: int, seconds: float) -> list[Path]:
    random = np.random.default_rng(len(name))
    paths = [root / f"{name}{index}.wav" for index in range(number)]
    for path in paths:
        audio.write(path, LEVEL * random.standard_normal(round(seconds * SAMPLING_RATE)), SAMPLING_RATE)
    return paths


def _espnet(root: Path, speech: list[Path], music: list[Path]) -> Callable[[], None]:
    import soundfile
    from espnet2.train.preprocessor import CommonPreprocessor

    table = root / "noise.scp"
    table.write_text("".join(f"{path.stem} {path}\n" for path in music), encoding="utf-8")
    preprocess = CommonPreprocessor(
        train=True, noise_scp=str(table), noise_apply_prob=1.0, noise_db_range=f"{-SNR_DB:g}_{SNR_DB:g}"
    )

    def run() -> None:
        for path in speech:
            preprocess(path.stem, {"speech": soundfile.read(path, dtype=np.float32)[0]})

    return run


def _lhotse(speech: list[Path], music: list[Path]) -> Callable[[], None]:
    utterances, pieces = ([_cut(path) for path in paths] for paths in (speech, music))
    random = np.random.default_rng(0)

    def run() -> None:
        for utterance in utterances:
            piece = pieces[random.integers(len(pieces))]
            start = random.uniform(0.0, piece.duration - utterance.duration)
            span = piece.truncate(offset=start, duration=utterance.duration)
            utterance.mix(span, snr=random.normal(0.0, SNR_DB)).load_audio()

    return run


def _cut(path: Path) -> object:
    try:
        from lhotse import Recording
    except ImportError as error:
        what = f"{error.name} is not installed"
        raise ConfigError(what, where="bench", mend="pip install .[bench]") from error
    return Recording.from_file(path).to_cut()


def _difference(speech: Path, music: Path, seconds: float) -> float:
    """Between ours and lhotse's mixture of one utterance and the first span of a piece at an SNR."""
    span = _cut(music).truncate(duration=seconds)
    theirs = _cut(speech).mix(span, snr=SNR_DB).load_audio()[0]
    parts = (audio.read(path, duration=seconds)[0] for path in (speech, music))
    ours = mix(**dict(zip(("speech", "music"), parts, strict=True)), snr_db=SNR_DB).mixture
    return float(np.abs(ours - theirs).max())
