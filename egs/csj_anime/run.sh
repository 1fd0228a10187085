#!/usr/bin/env bash
# The paper: CSJ and animation music at full size. Options are those of ./run.sh (--help lists them).
set -euo pipefail
exec "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/run.sh" --recipe csj_anime "$@"
