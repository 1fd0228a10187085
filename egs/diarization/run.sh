#!/usr/bin/env bash
# Who speaks when: conversations made on the spot. Options are those of ./run.sh (--help lists them).
set -euo pipefail
exec "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/run.sh" --recipe diarization "$@"
