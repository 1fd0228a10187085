#!/usr/bin/env bash
# The voice of a face: talking heads drawn on the spot. Options are those of ./run.sh (--help lists them).
set -euo pipefail
exec "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/run.sh" --recipe looking_to_listen "$@"
