"""Lays out voices and music to train with: real_recordings.py UNPACKED OUT (see real_recordings.sh)."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from real_sound import RATE, decode
from tqdm import tqdm

from musasr import audio
from musasr.errors import DataError, told_in_one_line

STAMPS, HEDGEHOGS = "tuxpaint-stamps-default", "hedgewars-data"
# Folder of voices -> language, package, and which of its files one person says, or two in turn. Of what
# real_sound.py measures by none is among them, and of its test half's languages none but English.
VOICES = {
    "fillets-cs": ("cs", "fillets-ng-data-cs", "**/cs/*.ogg"),
    "fillets-nl": ("nl", "fillets-ng-data-nl", "**/nl/*.ogg"),
    "prompts-es-co": ("es", "asterisk-prompt-es-co", "**/*.gsm"),
    **{
        f"stamps-{language}": (language, STAMPS, f"**/*_desc_{language}.ogg")
        for language in ("be", "bg", "ca", "da", "el", "es", "ro", "ru")
    },
    **{
        f"hedgehog-{name.lower()}": (language, HEDGEHOGS, f"**/Sounds/voices/{name}/*.ogg")
        for language, names in {
            "en": ("British", "Classic", "Default", "HillBilly", "Mobster", "Pirate", "Russian", "Surfer"),
            "es": ("Default_es",),
            "pl": ("Default_pl", "Russian_pl"),
            "ru": ("Default_ru",),
            "uk": ("Default_uk",),
        }.items()
        for name in names
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


def joined(clips: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
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
    for voice, (_, package, pattern) in tqdm(VOICES.items(), unit="voice"):
        clips = (decode(path) for path in _found(unpacked / package, pattern))
        spoken = (clip for clip in clips if len(clip) >= SHORTEST_SECONDS * RATE and clip.any())
        for number, piece in enumerate(joined(spoken)):
            path = output / voice / f"{voice}-{number:03d}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            audio.write(path, piece / max(1.0, float(np.abs(piece).max())), RATE)


def _found(folder: Path, pattern: str) -> list[Path]:
    """The files of a package that a pattern names: some, or another release has another layout."""
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    if not found:
        mend = "this release of it is laid out in another way: see to the tables of tools/real_recordings.py"
        raise DataError(f"holds no {pattern}", where=folder, mend=mend)
    return found


def move_music(unpacked: Path, output: Path) -> None:
    """Move the titles of each package into a folder of it."""
    for package, pattern in MUSIC.items():
        # Wesnoth's has a version in its name.
        folder = next(unpacked.glob(package.replace("-music", "-*music")), unpacked / package)
        for path in _found(folder, pattern):
            destination = output / package / path.relative_to(folder)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, destination)


def main() -> None:
    """Lay both out."""
    source, destination = map(Path, sys.argv[1:])
    with told_in_one_line("tools/real_recordings"):
        write_voices(source, destination / "voices")
        move_music(source, destination / "music")


if __name__ == "__main__":
    main()
