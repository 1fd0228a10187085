"""Lays out real voices and real music for measurements: real_sound.py UNPACKED OUT (see real_sound.sh)."""

import gzip
import re
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import av
import numpy as np

from musasr import audio
from musasr.errors import DataError, told_in_one_line
from musasr.kaldi import Piece, write_music_dir
from musasr.kaldi.tables import write_table
from musasr.mixing.draw import MusicLibrary, generator
from musasr.mixing.dynamic import mix

RATE = 16000
SNRS_DB = (5, 0, -5)
UNREAD = re.compile(r"[\[\]\d]")  # numbers are read in many ways, and what stands in brackets is no speech
VOICES = {"dev": ("en", "es", "ru"), "test": ("fr", "it")}  # en and es are one speaker
PROMPTS = 40  # of a voice: half of them in telephone quality (8 kHz), half of them wide (16 kHz)
PROMPT_SECONDS = (1.5, 12.0)
READER = "librivox"
PIECE_SECONDS = (20.0, 120.0)  # shorter ones are signals of a game, longer ones are cut
MUSIC_CUTS, MUSIC_SECONDS = 30, 8.0
RAW_RATE = 11025  # of unsigned bytes without a header
HEADLESS = {".g722": "g722", ".gsm": "gsm"}  # formats that no header tells
SILENT_PEAK = 1e-3


def opened(path: Path) -> av.container.InputContainer:
    """The file as a container, which the raw formats are not by themselves."""
    if path.suffix == ".raw":
        return av.open(str(path), format="u8", options={"sample_rate": str(RAW_RATE)})
    return av.open(str(path), format=HEADLESS.get(path.suffix))


def decode(path: Path) -> np.ndarray:
    """Samples (T,) of a file's first minutes at RATE, mono."""
    with opened(path) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        blocks, seconds = [], 0.0
        for frame in container.decode(audio=0):
            blocks += [block.to_ndarray()[0] for block in resampler.resample(frame)]
            seconds += frame.samples / frame.sample_rate
            if seconds > PIECE_SECONDS[1]:
                break
        blocks += [block.to_ndarray()[0] for block in resampler.resample(None)]
    samples = np.concatenate([np.zeros(0, np.float32), *blocks])  # some prompts are empty
    return samples[: round(PIECE_SECONDS[1] * RATE)]


def in_drawn_order(paths: Sequence[Path]) -> list[Path]:
    """The files in an order that follows from their names alone."""
    return sorted(paths, key=lambda path: sha256(path.name.encode()).digest())


def prompts(unpacked: Path, language: str) -> Iterator[tuple[str, np.ndarray]]:
    """Name and samples of a voice's prompts, half of them narrow, half of them wide; none is in both."""
    taken: set[str] = set()
    for suffix, band in (("wav", "narrow"), ("g722", "wide")):
        files = in_drawn_order(
            list((unpacked / f"asterisk-core-sounds-{language}-{suffix}").rglob(f"*.{suffix}"))
        )
        count = 0
        for path in (one for one in files if one.stem not in taken):
            speech = decode(path)
            if PROMPT_SECONDS[0] <= len(speech) / RATE <= PROMPT_SECONDS[1] and count < PROMPTS // 2:
                count += 1
                taken.add(path.stem)
                yield f"{language}-{band}-{path.stem}", speech


def prompt_texts(unpacked: Path, language: str) -> dict[str, str]:
    """What a voice's prompts say, by their names, as far as it is written down in words."""
    (path,) = (unpacked / f"asterisk-core-sounds-{language}").rglob(f"core-sounds-{language}.txt.gz")
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        rows = [line.split(":", 1) for line in file if ":" in line and not line.startswith(";")]
    return {
        Path(name.strip()).name: text.strip()
        for name, text in rows
        if text.strip() and not UNREAD.search(text)
    }


def librivox(unpacked: Path) -> Iterator[tuple[str, np.ndarray, str]]:
    """Name, samples and text of the reader's sentences."""
    (folder,) = (unpacked / READER).rglob("librivox/transcription")
    for line in folder.read_text(encoding="utf-8").splitlines():
        text, name = re.fullmatch(r"(?:<s>)?\s*(.*?)\s*(?:</s>)?\s*\((.*)\)", line).groups()
        yield f"{READER}-{name.split('/')[-1]}", decode(folder.parent / f"{name.split('/')[-1]}.wav"), text


def titles(unpacked: Path) -> dict[str, dict[str, Path]]:
    """Set -> name -> file of each title: half of them, drawn by their names, for each set."""
    sets: dict[str, dict[str, Path]] = {"dev": {}, "test": {}}
    packages = sorted(path for path in unpacked.iterdir() if "core-sounds" not in path.name)
    for package in packages:
        files = [path for suffix in ("ogg", "wav", "raw") for path in package.rglob(f"*.{suffix}")]
        long_enough = [path for path in in_drawn_order(files) if path.name != READER and is_long(path)]
        for index, path in enumerate(long_enough if package.name != READER else ()):
            sets["dev" if index % 2 else "test"][f"{package.name}-{path.stem}"] = path
    return sets


def is_long(path: Path) -> bool:
    """Whether a file holds a piece of music and no mere signal, by its own account of its length."""
    if path.suffix == ".raw":
        return path.stat().st_size >= PIECE_SECONDS[0] * RAW_RATE
    try:
        with opened(path) as container:
            return (container.duration or 0) / av.time_base >= PIECE_SECONDS[0]
    except av.FFmpegError:  # some games keep mere references under the same ending
        return False


def write_music(output: Path, files: dict[str, Path]) -> MusicLibrary:
    """Write a music dir of the titles' first minutes, as wavs beside it."""
    pieces = []
    for name, path in sorted(files.items()):
        samples = decode(path)
        wav = output / "wav" / f"{name}.wav"
        wav.parent.mkdir(parents=True, exist_ok=True)
        audio.write(wav, samples / max(1.0, float(np.abs(samples).max())), RATE)
        pieces.append(Piece(name, wav, len(samples) / RATE, "game"))
    write_music_dir(output, pieces)
    return MusicLibrary(pieces, sampling_rate=RATE, crossfade_seconds=0.1)


def fitting(parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A mixture and what it is the sum of, all scaled as one until none passes full scale."""
    peak = max(float(np.abs(samples).max()) for samples in parts.values())
    return {part: samples / max(1.0, peak) for part, samples in parts.items()}


def write_dir(output: Path, sounds: dict[str, dict[str, np.ndarray]], texts: dict[str, str]) -> None:
    """Write a Kaldi dir: wav.scp and a table beside it for each further part of a mixture."""
    tables: dict[str, dict[str, Path]] = {}
    for utterance_id, parts in sorted(sounds.items()):
        for part, samples in parts.items():
            wav = output / "wav" / part / f"{utterance_id}.wav"
            wav.parent.mkdir(parents=True, exist_ok=True)
            audio.write(wav, samples, RATE)
            tables.setdefault(part, {})[utterance_id] = wav
    write_tables(output, tables, texts)


def write_tables(output: Path, tables: dict[str, dict[str, Path]], texts: dict[str, str]) -> None:
    """Write the tables of a Kaldi dir; texts of other utterances are left out."""
    for part, rows in tables.items():
        write_table(output / ("wav.scp" if part == "mixture" else f"{part}.scp"), rows)
    utterances = sorted(tables["mixture"])
    speakers = {utterance_id: utterance_id.split("-")[0] for utterance_id in utterances}
    members: dict[str, list[str]] = {}
    for utterance_id, speaker in sorted(speakers.items()):
        members.setdefault(speaker, []).append(utterance_id)
    write_table(output / "utt2spk", speakers)
    write_table(output / "spk2utt", {speaker: " ".join(ids) for speaker, ids in members.items()})
    known = {utterance_id: texts[utterance_id] for utterance_id in utterances if utterance_id in texts}
    if known:
        write_table(output / "text", known)


def write_languages(speech: Path, texts: dict[str, str]) -> None:
    """Write beside a dir of speech one of each language, with the utterances whose text is known."""
    for language in sorted({language_of(utterance_id) for utterance_id in texts}):
        of_language = [one for one in sorted(texts) if language_of(one) == language]
        wavs = {one: speech / "wav" / "mixture" / f"{one}.wav" for one in of_language}
        write_tables(speech.with_name(f"{speech.name}_{language}"), {"mixture": wavs}, texts)


def language_of(utterance_id: str) -> str:
    """The language that is spoken: the reader's is English."""
    voice = utterance_id.split("-")[0]
    return "en" if voice == READER else voice


def mixtures_at(
    snr_db: float, speech: dict[str, np.ndarray], library: MusicLibrary, name: str
) -> dict[str, dict[str, np.ndarray]]:
    """Each utterance's mixture and its parts; the cut of music is the same at every SNR."""
    mixtures = {}
    for key, samples in speech.items():
        _, _, music = library.draw(generator("real", name, key), num_samples=len(samples))
        mixed = mix(speech=samples, music=music, snr_db=snr_db)
        parts = {"mixture": mixed.mixture, "speech": mixed.speech, "music": mixed.music}
        mixtures[key] = fitting(parts)
    return mixtures


def write_set(unpacked: Path, output: Path, name: str, files: dict[str, Path]) -> None:
    """Write one set: its music, its speech, and each condition."""
    speech, texts = {}, {}
    for voice in VOICES[name]:
        spoken = dict(prompts(unpacked, voice))
        written = prompt_texts(unpacked, voice)
        named = {key: key.split("-", 2)[2] for key in spoken}
        speech |= spoken
        texts |= {key: written[prompt] for key, prompt in named.items() if prompt in written}
    if name == "test":
        for key, samples, text in librivox(unpacked):
            speech[key], texts[key] = samples, text
    is_heard = {key: np.abs(samples).max() > SILENT_PEAK for key, samples in speech.items()}
    speech = {key: fitting({"speech": speech[key]})["speech"] for key in speech if is_heard[key]}
    library = write_music(output / "music", files)
    texts = {key: text for key, text in texts.items() if key in speech}
    write_dir(output / "speech", {key: {"mixture": samples} for key, samples in speech.items()}, texts)
    write_languages(output / "speech", texts)
    clean = {key: {"mixture": samples, "speech": samples} for key, samples in speech.items()}
    write_dir(output / "clean", clean, texts)
    for snr_db in SNRS_DB:
        write_dir(output / f"{snr_db}dB", mixtures_at(snr_db, speech, library, name), texts)
    cuts = {}
    for index in range(MUSIC_CUTS):
        _, _, music = library.draw(generator("real", name, index), num_samples=round(MUSIC_SECONDS * RATE))
        cuts[f"music-{index:03d}"] = {"mixture": music, "music": music}
    write_dir(output / "music_alone", cuts, texts)
    print(f"{output}: {len(speech)} utterances, {len(files)} titles")


def main() -> None:
    """Lay both sets out."""
    unpacked, output = map(Path, sys.argv[1:])
    with told_in_one_line("tools/real_sound"):
        for name, files in titles(unpacked).items():
            if not files:
                raise DataError("no music was unpacked", where=unpacked, mend="run tools/real_sound.sh")
            write_set(unpacked, output / name, name, files)


if __name__ == "__main__":
    main()
