#!/usr/bin/env bash
# The only door: from nothing to the table of results. `./run.sh --help` lists options and stages.
#
# Installs what is missing (tools/install.sh), then runs the numbered scripts of egs/csj_anime in order. Stages 4 and 5
# need nothing of each other, so without GPUs they run side by side, each with half of --nj. A run that was stopped goes
# on where it was: stages that are done say so and return.
set -euo pipefail
given=("$@")
. "$(dirname "${BASH_SOURCE[0]}")/egs/csj_anime/path.sh"
. utils/stages.sh

print_help() {
    echo "Usage: ./run.sh [--name value ...]"
    echo "Trains and compares recognisers of speech under music, and prints our numbers beside the paper's."
    echo
    print_options
    echo
    print_stages
}

# Every child is a process group of its own, so that it can be stopped with all that it started.
set -m

stop_children() {
    local child
    for child in $(jobs -p); do kill -TERM -- "-$child" 2>/dev/null || true; done
    wait 2>/dev/null
}

# The command that goes on from stage $1, with the options as they were given.
print_resume_command() {
    local words=("$0") index
    for ((index = 0; index < ${#given[@]}; index += 2)); do
        if [[ ${given[index]} != --stage ]]; then words+=("${given[@]:index:2}"); fi
    done
    printf '%s ' "${words[@]@Q}" | sed "s/'\([-+=:,.\/[:alnum:]_]*\)'/\1/g"
    printf -- '--stage %d\n' "$1"
}

on_signal() {
    trap '' INT TERM HUP
    stop_children
    printf '\nrun.sh: stopped; go on with: ' >&2
    print_resume_command "$current" >&2
    exit "$1"
}

# Runs a child to its end, so that a signal is answered at once and not after it.
run_child() {
    local status=0
    "$@" &
    wait "$!" || status=$?
    return "$status"
}

stage_script() { printf '%s\n' egs/csj_anime/"$1"_*.sh; }

fail() {
    printf 'run.sh: stage %s failed (log: %s/log/stage%s.log); once that is mended, go on with: ' "$2" "$workdir" "$2" >&2
    print_resume_command "$1" >&2
    exit "$3"
}

run_stage() {
    local status=0
    run_child "$(stage_script "$1")" "${options[@]}" --nj "$nj" || status=$?
    ((status == 0)) || fail "$1" "$1" "$status"
}

# Stages 4 and 5 side by side; the first that fails stops the other.
run_side_by_side() {
    local running=() number status=0 half=$((nj / 2))
    stage_prefix="[4] " "$(stage_script 4)" "${options[@]}" --nj "$((nj - half))" &
    running[4]=$!
    stage_prefix="[5] " "$(stage_script 5)" "${options[@]}" --nj "$half" &
    running[5]=$!
    while ((${#running[@]})); do
        for number in "${!running[@]}"; do
            if kill -0 "${running[number]}" 2>/dev/null; then continue; fi
            wait "${running[number]}" || status=$?
            unset "running[number]"
            if ((status != 0)); then
                stop_children
                fail 4 "$number" "$status"
            fi
        done
        sleep 0.3 &
        wait "$!"
    done
}

parse_options "$@"
options=(--config "$config" --workdir "$workdir" --stage "$stage" --stop_stage "$stop_stage"
    --ngpu "$ngpu" --cmd "$cmd" --systems "$systems" "${overrides[@]}")
if [[ -n $music_conf ]]; then options+=(--music_conf "$music_conf"); fi

current=$stage
trap 'on_signal 130' INT
trap 'on_signal 143' TERM HUP
run_child tools/install.sh

while ((current <= stop_stage)); do
    if ((current == 4 && stop_stage >= 5 && nj >= 2 && ngpu == 0)); then
        run_side_by_side
        current=6
    else
        run_stage "$current"
        current=$((current + 1))
    fi
done
if ((stop_stage == 8)); then
    echo "results: $workdir/results (table1.md, table2.md, report.html, results.json)"
fi
