# shellcheck shell=bash disable=SC2034 # what is set here is for those who source this
# Sourced by tools that lay sound out in a folder OUT, with their arguments: goes to the repository's root, and sets
# out (OUT, made) and python (what they are run with).
set -euo pipefail
script=tools/$(basename "$0")

if [[ $# -ne 1 || $1 == -* ]]; then
    echo "usage: $script OUT" >&2
    exit 2
fi
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$(cd "$caller" && mkdir -p "$1" && cd "$1" && pwd)
python=${MUSASR_PYTHON:-tools/venv/bin/python}
if ! type -P "$python" >/dev/null; then
    echo "$script: error: there is no $python; run tools/install.sh, or set MUSASR_PYTHON" >&2
    exit 1
fi
