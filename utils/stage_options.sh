# shellcheck shell=bash disable=SC2034,SC2154 # common.sh sets what is not set here; scripts use what is not used here
# The options of run.sh and of every stage script. To add one is to add a line to the table (utils/options.sh says what its
# columns are). Sourced after options.sh.
. egs/cmd.sh
. utils/recipe.sh

readonly of_systems="train recognize report film" # the commands of musasr that ask which systems

#      name          value          default        reader        help
option config        FILE           ""             musasr        "configuration (conf/<recipe>.yaml); conf/smoke.yaml: about a minute"
option workdir       DIR            ""             musasr        "where everything is written (work/<name of the configuration>)"
option stage         STAGE          ""             stage         "first stage to run (the recipe's first)"
option stop_stage    STAGE          ""             stage         "last stage to run (the recipe's last, but for those on request)"
option nj            1..100000      ""             musasr        "processes and threads to use (the number of cores)"
option num_parts     1..10000       1              stage         "jobs that a stage of many pieces is split into, each with --nj processes"
option ngpu          0..100000      0              musasr        "GPUs to use"
option num_processes 1..100000      ""             train         "processes that share out each batch of a training (one, or one a GPU)"
option num_nodes     1..10000       ""             train         "machines of a cluster that share a training (one)"
option cmd           '"COMMAND"'    "$default_cmd" stage         'what launches a stage; on Slurm "utils/slurm.pl --config conf/slurm.conf"'
option music_conf    FILE           ""             musasr        "another music corpus, such as one of conf/music/"
option systems       LIST           ""             "$of_systems" "headline, all, or names such as time+mixture:both,none+clean (headline; for a film the best)"
option set           KEY.PATH=VALUE ""             musasr        "change one value of the configuration; may be repeated"

# A script that is more than one stage (run.sh) defines its own.
print_help() {
    echo "Usage: ${0##*/} [--name value ...]"
    print_options
}

# parse_options "$@": sets a variable for each option, and the recipe's (utils/recipe.sh).
parse_options() {
    local folder=$here
    read_options "$@"
    if is_option recipe; then folder=$(find_recipe "$recipe"); fi
    enter_recipe "$folder"
    if [[ -n $asks_for_help ]]; then
        print_help
        exit 0
    fi
    set_defaults
    check_values
    set_stop_stage
    check_together
}

# What depends on the machine and the recipe. A script that is run alone, whose $stage_number is known, does its stage only.
set_defaults() {
    stage=${stage:-$first_stage}
    nj=${nj:-$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)}
    config=${config:-$(find_configuration)}
    if [[ -z $workdir ]]; then
        workdir=${config##*/}
        workdir=$root/work/${workdir%.*}
    fi
    [[ $workdir == /* ]] || workdir=$caller/$workdir
}

# The last stage where none is named: comes after check_values, since it reckons with the first.
set_stop_stage() {
    if [[ -n $stop_stage ]]; then return; fi
    stop_stage=$usual_stage
    if ((stop_stage < stage)); then stop_stage=$stage; fi # one on request: it alone
    stop_stage=${stage_number:-$stop_stage}
}

# Checks what one value means for another.
check_together() {
    ((stage <= stop_stage)) || usage_error "--stage $stage is after --stop_stage $stop_stage: no stage would run"
    if ((${num_nodes:-1} > 1)) && runs_on_this_machine; then
        usage_error "--num_nodes $num_nodes: several machines need a cluster's launcher, such as --cmd \"utils/slurm.pl ...\""
    fi
    # Launchers put the part's number in the place of JOB in every word.
    if ((num_parts > 1)) && [[ $python$workdir$config$music_conf${overrides[*]} == *JOB* ]]; then
        usage_error "--num_parts $num_parts: no path or value may hold the word JOB, which stands for a part's number"
    fi
}

# Whether --cmd is our own launcher, which starts everything here, or another, for which a job is a job.
runs_on_this_machine() {
    local program
    read -r program _ <<<"$cmd"
    [[ $program -ef utils/run.pl ]]
}
