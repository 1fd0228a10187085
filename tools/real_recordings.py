"""Lays out voices and music to train with: real_recordings.py UNPACKED OUT (see real_recordings.sh)."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from real_sound import RATE, decode
from tqdm import tqdm

from musasr import audio

# Folder of voices -> package, and which of its files one person says, or two in turn. No voice and no
# language of real_sound.py's test half is among them.
STAMPS = "tuxpaint-stamps-default"
VOICES = {
    "fillets-cs": ("fillets-ng-data-cs", "**/cs/*.ogg"),
    "fillets-nl": ("fillets-ng-data-nl", "**/nl/*.ogg"),
    "prompts-es-co": ("asterisk-prompt-es-co", "**/*.gsm"),
    **{
        f"stamps-{language}": (STAMPS, f"**/*_desc_{language}.ogg")
        for language in ("be", "bg", "ca", "da", "el", "es", "ro", "ru")
    },
    **{
        f"hedgehog-{name.lower()}": ("hedgewars-data", f"**/Sounds/voices/{name}/*.ogg")
        for name in (
            *("British", "Classic", "Default", "Default_es", "Default_pl", "Default_ru", "Default_uk"),
            *("HillBilly", "Mobster", "Pirate", "Russian", "Russian_pl", "Surfer"),
        )
    },
}
MUSIC = {
    "asc-music": "**/music/*",
    "colobot-common-sounds": "**/music/*.ogg",
    "hedgewars-data": "**/Data/Music/*.ogg",
    "singularity-music": "**/music/**/*.ogg",
    "supertux-data": "**/music/**/*.ogg",
    "warzone2100-music": "**/albums/**/*.opus",
    "wesnoth-music": "**/core/music/*.ogg",
}
PIECE_SECONDS, PAUSE_SECONDS = 30.0, 0.2
SHORTEST_SECONDS = 0.4  # cries and grunts are no speech


def joined(clips: Iterable[np.ndarray]) -> Iterable[np.ndarray]:
    """Clips one after the other, in pieces of half a minute."""
    pause = np.zeros(round(PAUSE_SECONDS * RATE), np.float32)
    parts: list[np.ndarray] = []
    for clip in clips:
        parts += [clip, pause]
        if sum(map(len, parts)) >= PIECE_SECONDS * RATE:
            yield np.concatenate(parts)
            parts = []
    if parts:
        yield np.concatenate(parts)


def write_voices(unpacked: Path, output: Path) -> None:
    """Write what each voice says as wav files of a folder."""
    for voice, (package, pattern) in tqdm(VOICES.items(), unit="voice"):
        clips = (decode(path) for path in sorted((unpacked / package).glob(pattern)))
        spoken = (clip for clip in clips if len(clip) >= SHORTEST_SECONDS * RATE and clip.any())
        for number, piece in enumerate(joined(spoken)):
            path = output / voice / f"{voice}-{number:03d}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            audio.write(path, piece / max(1.0, float(np.abs(piece).max())), RATE)


def move_music(unpacked: Path, output: Path) -> None:
    """Move the titles of each package into a folder of it."""
    for package, pattern in MUSIC.items():
        (folder,) = unpacked.glob(package.replace("-music", "-*music"))  # wesnoth's has a version
        for path in sorted(one for one in folder.glob(pattern) if one.is_file()):
            destination = output / package / path.relative_to(folder)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, destination)


if __name__ == "__main__":
    source, destination = map(Path, sys.argv[1:])
    for part in ("voices", "music"):
        shutil.rmtree(destination / part, ignore_errors=True)
    write_voices(source, destination / "voices")
    move_music(source, destination / "music")
