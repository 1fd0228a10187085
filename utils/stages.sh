# shellcheck shell=bash disable=SC2034,SC2154 # path.sh sets what is not set here; scripts use what is not used here
# What run.sh and the stage scripts share: the options (stated here and nowhere else), in_stage, run_musasr and
# run_in_parts.
# Sourced after path.sh, which sets $root, $caller and $python and enters $root.
. egs/csj_anime/cmd.sh

# Defaults. A path that a user gives is taken from where the user stands, or else from the repository's root.
config=conf/mini.yaml
workdir=
stage=1
stop_stage=8
nj=
num_parts=1
ngpu=0
cmd=$default_cmd
music_conf=
systems=headline
overrides=()

readonly option_names=(config workdir stage stop_stage nj num_parts ngpu cmd music_conf systems set help)

# A script that is more than one stage (run.sh) defines its own.
print_help() {
    echo "Usage: ${0##*/} [--name value ...]"
    print_options
}

print_options() {
    cat <<'HELP'
Options, each written --name value:
  --config FILE         configuration (conf/mini.yaml; conf/smoke.yaml is the same in two minutes)
  --workdir DIR         where everything is written (work/<name of the configuration>)
  --stage N             first stage to run (1)
  --stop_stage M        last stage to run (8)
  --nj N                processes and threads to use (the number of cores)
  --num_parts N         jobs that stages 1, 2 and 7 are split into, each with --nj processes (1)
  --ngpu N              GPUs to use (0)
  --cmd "COMMAND"       what launches a stage: utils/run.pl; on Slurm "utils/slurm.pl --config conf/slurm.conf"
  --music_conf FILE     another music corpus, such as one of conf/music/
  --systems LIST        headline, all, or names such as time+mixture:both,none+clean (headline)
  --set KEY.PATH=VALUE  change one value of the configuration; may be repeated
  --help                print this
HELP
}

# Reads the stages' numbers and titles where they are stated: in the stage scripts.
print_stages() {
    echo "Stages:"
    sed -n 's/^if in_stage \([0-9]*\) "\(.*\)"; then$/  \1  \2/p' "$root"/egs/csj_anime/[0-9]_*.sh
}

# Prints one line and leaves with status 2: the user asked for something that there is not.
usage_error() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

suggest_option() {
    "${PYTHON3:-python3}" - "$1" "${option_names[@]}" 2>/dev/null <<'PYTHON' || true
import difflib, sys
close = difflib.get_close_matches(sys.argv[1].lstrip("-").partition("=")[0], sys.argv[2:], n=1, cutoff=0)
print(f"; did you mean --{close[0]}?" if close else "", end="")
PYTHON
}

# parse_options "$@": sets the variables above.
parse_options() {
    local name
    while (($#)); do
        name=${1#--}
        case $1 in
            --help | -h) print_help; exit 0 ;;
            --config | --workdir | --stage | --stop_stage | --nj | --num_parts | --ngpu | --cmd | --music_conf | \
                --systems | --set)
                (($# >= 2)) || usage_error "option --$name needs a value: --$name VALUE"
                [[ -n $2 && $2 != --* ]] || usage_error "option --$name needs a value, not '$2'"
                ;;
            --*) usage_error "unknown option '$1'$(suggest_option "$1")" ;;
            *) usage_error "'$1' is no option; every option is written --name value (--help lists them)" ;;
        esac
        if [[ $name == set ]]; then
            [[ $2 == ?*=* ]] || usage_error "--set wants key.path=value, not '$2'"
            overrides+=(--set "$2")
        else
            printf -v "$name" '%s' "$2"
        fi
        shift 2
    done
    check_options
}

check_options() {
    check_number stage 1 8
    check_number stop_stage 1 8
    ((stage <= stop_stage)) || usage_error "--stage $stage is after --stop_stage $stop_stage: no stage would run"
    nj=${nj:-$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)}
    check_number nj 1 100000
    check_number num_parts 1 10000
    check_number ngpu 0 100000
    config=$(find_file config "$config")
    [[ -z $music_conf ]] || music_conf=$(find_file music_conf "$music_conf")
    if [[ -z $workdir ]]; then
        workdir=${config##*/}
        workdir=$root/work/${workdir%.*}
    fi
    [[ $workdir == /* ]] || workdir=$caller/$workdir
    # Launchers put the part's number in the place of JOB in every word.
    if ((num_parts > 1)) && [[ $python$workdir$config$music_conf${overrides[*]} == *JOB* ]]; then
        usage_error "--num_parts $num_parts: no path or value may hold the word JOB, which stands for a part's number"
    fi
}

check_number() {
    local name=$1 least=$2 most=$3
    if [[ ! ${!name} =~ ^[0-9]{1,6}$ ]] || ((10#${!name} < least || 10#${!name} > most)); then
        usage_error "--$name wants a whole number from $least to $most, not '${!name}'"
    fi
    printf -v "$name" '%d' "$((10#${!name}))"
}

# Prints the whole path of the file that option $1 names.
find_file() {
    local place
    for place in "$caller/$2" "$root/$2" "$2"; do
        if [[ -f $place && ($2 != /* || $place == "$2") ]]; then
            printf '%s' "$place"
            return
        fi
    done
    usage_error "--$1 $2: no such file"
}

# in_stage N "input -> output": whether stage N was asked for; says that it begins.
in_stage() {
    ((stage <= $1 && $1 <= stop_stage)) || return 1
    stage_number=$1
    printf 'stage %d: %s\n' "$1" "$2"
}

# run_musasr [--gpu] subcommand args...: one musasr command with the common options, started by the launcher ($cmd).
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
    rm -f "${logs[@]}"
    trap 'stop_jobs 130' INT
    trap 'stop_jobs 143' TERM HUP
    "${launcher[@]}" "${resources[@]}" "${array[@]}" "$log" "$python" -m musasr "$@" \
        --config "$config" ${music_conf:+--music_conf "$music_conf"} "${overrides[@]}" \
        --workdir "$workdir" --nj "$nj" --ngpu "$ngpu" &
    job=$!
    python3 utils/follow.py --pid "$job" "${logs[@]}" &
    wait "$job" || status=$?
    wait
    return "$status"
}

stop_jobs() {
    local job
    for job in $(jobs -p); do kill -TERM "$job" 2>/dev/null || true; done
    wait
    exit "$1"
}
