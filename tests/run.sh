#!/usr/bin/env bash
# Every check, on a machine that may have nothing yet: tests/run.sh [--fast] [--long] [pytest arguments]
#
# --fast leaves out the tests that are marked slow (trainings, whole processes) or slurm: two minutes, not twenty.
# --long kills trainings 200 times and the other stages 20 times each, not a handful.
#
# All checks run even where one fails; the exit status is 0 only if all passed. pytest comes last, in two processes: what
# needs the smoke recipe or a Slurm waits for half of its time, and is shown behind the rest. Before each closing line
# stand the tests that were skipped, and why.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../egs/common.sh"
tools/install.sh
# Python keeps what it compiles, whatever is usual here: tests start hundreds of processes.
unset PYTHONDONTWRITEBYTECODE

bin=$(dirname "$python")
failed=() is_fast=0
arguments=(-rs)
for argument in "$@"; do
    if [[ $argument == --fast ]]; then
        is_fast=1
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

# The tests of a kind; arguments may choose none of them, which is pytest's status 5.
tests() {
    local status=0
    # A library's types warn at the interpreter's exit, after pytest's closing line.
    PYTHONWARNINGS="ignore:builtin type:DeprecationWarning" "$python" -m pytest "${arguments[@]}" -m "$1" || status=$?
    ((status == 0 || status == 5))
}

if ((is_fast)); then
    tests "not slow and not slurm" || failed+=(pytest)
else
    log=$(mktemp)
    tests "smoke or slurm" >"$log" 2>&1 &
    beside=$!
    trap 'kill "$beside" 2>/dev/null || true; rm -f "$log"' EXIT
    tests "not smoke and not slurm" || failed+=(pytest)
    wait "$beside" || failed+=("pytest, smoke and slurm")
    cat "$log"
fi
if ((${#failed[@]})); then
    printf 'tests/run.sh: FAILED: %s\n' "${failed[*]}" >&2
    exit 1
fi
