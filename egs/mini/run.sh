#!/usr/bin/env bash
# The default: corpora made on the spot, small models, two CPU cores. Options are those of ./run.sh (--help lists them).
set -euo pipefail
exec "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/run.sh" --recipe mini "$@"
