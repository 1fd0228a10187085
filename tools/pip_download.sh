#!/usr/bin/env bash
# tools/pip_download.sh DEST ARGUMENT...: PyPI's packages, as files, into a folder; nothing is installed. By the first Python
# that has pip: MUSASR_PIP_PYTHON, the one that tools/install.sh fetched its uv with, or python3.
set -euo pipefail

if [[ $# -lt 2 || $1 == -* ]]; then
    echo "usage: tools/pip_download.sh DEST ARGUMENT..." >&2
    exit 2
fi
dest=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

while read -r python; do
    if [[ -n $python ]] && "$python" -m pip --version >/dev/null 2>&1; then
        exec "$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$dest" "$@"
    fi
done < <(printf '%s\n' "${MUSASR_PIP_PYTHON:-}" "$here/uv/bin/python"; type -aP python3 python || true)
echo "pip_download.sh: error: no Python here has pip; name one by MUSASR_PIP_PYTHON" >&2
exit 1
