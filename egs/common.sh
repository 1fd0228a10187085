# shellcheck shell=bash disable=SC2034 # what is set here is for those who source this
# Sourced first by every script: enters the repository's root, and sets $root, $caller (where the user stands), $here (the
# folder of the script that was started) and $python.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
caller=$PWD
here=$(cd "$(dirname "$0")" && pwd)
if [[ -n ${MUSASR_PYTHON:-} ]]; then
    if ! python=$(type -P "$MUSASR_PYTHON"); then
        echo "${0##*/}: error: MUSASR_PYTHON=$MUSASR_PYTHON is no program; name a Python 3.12 or 3.13, or unset it" >&2
        exit 2
    fi
    MUSASR_PYTHON=$(cd "$(dirname "$python")" && pwd)/${python##*/}
    export MUSASR_PYTHON
fi
python=${MUSASR_PYTHON:-$root/tools/venv/bin/python}
cd "$root" || exit
export PATH=${python%/*}:$PATH
export PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
export PYTHONUNBUFFERED=1 LC_ALL=C.UTF-8
