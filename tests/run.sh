#!/usr/bin/env bash
# Every check, on a machine that may have nothing yet: tests/run.sh [--fast] [--long] [pytest arguments]
#
# --fast leaves out the tests that are marked slow (trainings, whole processes) or slurm: two minutes, not twenty.
# --long kills trainings 200 times and the other stages 20 times each, not a handful.
#
# All checks run even where one fails; the exit status is 0 only if all passed. pytest comes last, so that its closing
# line ends the output; before it stand the tests that were skipped, and why.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../egs/common.sh"
tools/install.sh
# Python keeps what it compiles, whatever is usual here: tests start hundreds of processes.
unset PYTHONDONTWRITEBYTECODE

bin=$(dirname "$python")
failed=()
# Two processes: tests wait for Slurm, kills and disks as often as they compute.
arguments=(-rs -n 2 --dist loadgroup --no-loadscope-reorder)
for argument in "$@"; do
    if [[ $argument == --fast ]]; then
        arguments+=(-m "not slow and not slurm")
    elif [[ $argument == --long ]]; then
        export MUSASR_LONG=1
    else
        arguments+=("$argument")
    fi
done

check() {
    local name=$1
    shift
    if "$@"; then
        echo "$name: passed"
    else
        echo "$name: FAILED"
        failed+=("$name")
    fi
}

mapfile -t scripts < <(find run.sh .ci egs tests tools/*.sh utils -type f \( -name '*.sh' -o -path .ci/run \) | sort)

check "ruff check" "$python" -m ruff check --quiet
check "ruff format" "$python" -m ruff format --check --quiet
check "shellcheck" "$bin/shellcheck" "${scripts[@]}"
check "import-linter" "$bin/lint-imports" --no-logo --no-cache
if ((${#failed[@]})); then
    printf 'tests/run.sh: FAILED before pytest: %s\n' "${failed[*]}" >&2
fi
# A library's types warn at the interpreter's exit, after pytest's closing line.
PYTHONWARNINGS="ignore:builtin type:DeprecationWarning" "$python" -m pytest "${arguments[@]}" || failed+=(pytest)
((${#failed[@]} == 0))
