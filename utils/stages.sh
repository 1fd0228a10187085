# shellcheck shell=bash disable=SC2034,SC2154 # common.sh sets what is not set here; scripts use what is not used here
# What the stage scripts share: their options, in_stage, run_musasr and run_in_parts. Sourced after path.sh.
. utils/options.sh
. utils/stage_options.sh

stage_number=$(number_of "$0")

# in_stage [--on_request] "input -> output": whether this stage was asked for; says that it begins. With --on_request a run
# that names no last stage ends before it (utils/recipe.sh).
in_stage() {
    if [[ $1 == --on_request ]]; then shift; fi
    ((stage <= stage_number && stage_number <= stop_stage)) || return 1
    printf 'stage %d: %s\n' "$stage_number" "$1"
}

# run_musasr [--gpu] subcommand args...: one musasr command with the options that it takes, started by the launcher ($cmd).
# Its output is kept in <workdir>/log/stage<N>.log and shown as it comes; its exit status is the script's.
run_musasr() { launch stage"$stage_number" "$@"; }

# run_in_parts [--gpu] subcommand args...: the same as --num_parts tasks of a job array, whose output is kept in
# stage<N>.<part>.log. A job before them (part 0) makes ready what they need, one after them joins what they made.
run_in_parts() {
    local name=stage$stage_number once=("$@") parts=(--num_parts "$num_parts")
    if ((num_parts == 1)); then
        run_musasr "$@"
        return
    fi
    if [[ $1 == --gpu ]]; then once=("${@:2}"); fi
    rm -f "$workdir/log/$name".*.log
    launch "$name.0" "${once[@]}" --part 0 "${parts[@]}"
    launch "$name.JOB" "$@" --part JOB "${parts[@]}"
    launch "$name" "${once[@]}" "${parts[@]}"
}

# launch NAME [--gpu] subcommand args...: starts one job, or where JOB is in its name one for each part, and waits.
launch() {
    local log=$workdir/log/$1.log logs=() array=() launcher resources=(--num-threads "$nj") part job status=0
    if [[ $1 == *.JOB ]]; then
        array=("JOB=1:$num_parts")
        for ((part = 1; part <= num_parts; part++)); do logs+=("${log%JOB.log}$part.log"); done
    else
        logs=("$log")
        local -x LAUNCHER_LOG_LINES=0 # it is shown as it grows, so the launcher need not show its end
    fi
    shift
    if [[ $1 == --gpu ]]; then
        shift
        if ((ngpu > 0)); then resources+=(--gpu "$ngpu"); fi
    fi
    [[ -x $python ]] || usage_error "there is no $python; run tools/install.sh first"
    read -ra launcher <<<"$cmd"
    mkdir -p "$workdir/log"
    lock_log "$log"
    # A launcher ends when what it works for was killed: this script, and run.sh.
    local -x MUSASR_WATCH="${MUSASR_WATCH:-} $$"
    rm -f "${logs[@]}"
    trap 'stop_jobs 130' INT
    trap 'stop_jobs 143' TERM HUP
    words_for "$1"
    "${launcher[@]}" "${resources[@]}" "${array[@]}" "$log" "$python" -m musasr "$@" "${words[@]}" &
    job=$!
    python3 utils/follow.py --pid "$job" "${logs[@]}" &
    wait "$job" || status=$?
    wait
    return "$status"
}

# lock_log LOG: lets no other run write this log at the same time. The lock goes with this script and what it started, however
# they end; on NFS it is the server's. Where there is no flock, or the file system has no locks, it goes without.
lock_log() {
    local file=$workdir/.locks/${1##*/} status=0
    mkdir -p "${file%/*}"
    if ! type -P flock >/dev/null || ! { exec {log_lock}>>"$file"; } 2>/dev/null; then return; fi
    flock --wait 5 --conflict-exit-code 3 "$log_lock" 2>/dev/null || status=$?
    if ((status == 3)); then
        echo "${0##*/}: error: $workdir: stage $stage_number runs there already; wait for it, or take another --workdir" >&2
        exit 1
    fi
}

stop_jobs() {
    local job
    for job in $(jobs -p); do kill -TERM "$job" 2>/dev/null || true; done
    wait
    exit "$1"
}
