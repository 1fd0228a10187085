#!/usr/bin/env bash
# Which station and which tags music has. Options are those of ./run.sh (--help lists them).
set -euo pipefail
exec "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/run.sh" --recipe music_tags "$@"
