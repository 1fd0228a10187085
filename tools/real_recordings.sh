#!/usr/bin/env bash
# tools/real_recordings.sh OUT: real voices and real music to train with, for conf/real_recordings.yaml: OUT/voices has six hours of
# people in thirteen languages, OUT/music eight hours of titles, all of games and drawing programs that are Debian's packages (free
# licences: see each package's copyright), unpacked, never installed. None of them is in what tools/real_sound.sh measures by.
set -euo pipefail

# shellcheck source=tools/layout.sh
. "$(dirname "${BASH_SOURCE[0]}")/layout.sh"

for part in voices music; do
    if [[ -e $out/$part ]]; then
        echo "tools/real_recordings.sh: error: $out/$part is there; move it away, or name another folder" >&2
        exit 1
    fi
done

scratch=$(mktemp -d "$out/.unpacked.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
tools/unpack_debian.sh "$scratch" asc-music asterisk-prompt-es-co colobot-common-sounds fillets-ng-data-{cs,nl} hedgewars-data \
    singularity-music supertux-data tuxpaint-stamps-default warzone2100-music '^wesnoth-.*-music$'
mkdir "$scratch/laid_out"
"$python" tools/real_recordings.py "$scratch" "$scratch/laid_out"
mv "$scratch/laid_out"/{voices,music} "$out/"
echo "$out: $(find "$out/voices" -name '*.wav' | wc -l) recordings of voices, $(find "$out/music" -type f | wc -l) titles of music"
