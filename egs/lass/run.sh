#!/usr/bin/env bash
# LASS-Net: separate what a text asks for. Options are those of ./run.sh (--help lists them).
set -euo pipefail
exec "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/run.sh" --recipe lass "$@"
