# shellcheck shell=bash disable=SC2034 # what is set here is for those who source this
# Sourced by tools that lay sound out in a folder OUT, with their arguments: goes to the repository's root, and sets $out (OUT,
# made) and $python (what they are run with).
script=tools/${0##*/}
if [[ $# -ne 1 || $1 == -* ]]; then
    echo "usage: $script OUT" >&2
    exit 2
fi
. "$(dirname "${BASH_SOURCE[0]}")/../egs/common.sh"
if [[ ! -x $python ]]; then
    echo "$script: error: there is no $python; run tools/install.sh, or set MUSASR_PYTHON" >&2
    exit 1
fi
out=$(cd "$caller" && mkdir -p "$1" && cd "$1" && pwd)
