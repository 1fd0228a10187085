#!/usr/bin/env bash
# Scores the hypotheses and sets our numbers beside the paper's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "hypotheses -> results/{results.json,table1.md,table2.md,report.html}"; then
    run_musasr report
fi
