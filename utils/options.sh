# shellcheck shell=bash disable=SC2034,SC2154 # common.sh sets what is not set here; scripts use what is not used here
# Options as a table: `option` states one, and what reads, checks, lists and hands on options knows them from there alone.
# Sourced after common.sh.

option_names=()
overrides=() # what --set was given, as words
declare -A option_value=() option_default=() option_reader=() option_help=()

# option NAME VALUE DEFAULT READER HELP: one line of the table. The script finds the value in the variable $NAME.
#   VALUE    what the help calls the value, and how it is checked: FILE is found and becomes a whole path, LEAST..MOST and
#            STAGE are whole numbers, KEY.PATH=VALUE may be given again and again
#   DEFAULT  none where it is reckoned when all else is known; the help then says how
#   READER   who needs it: run.sh alone (run), the stage scripts (stage), some commands of musasr (their names), all (musasr)
option() {
    option_names+=("$1")
    option_value[$1]=$2
    option_default[$1]=$3
    option_reader[$1]=$4
    option_help[$1]=$5
    printf -v "$1" '%s' "$3"
}

print_options() {
    local name value default
    echo "Options, each written --name value:"
    for name in "${option_names[@]}"; do
        value=${option_value[$name]}
        case $value in STAGE | *..*) value=N ;; esac
        default=${option_default[$name]}
        printf '  %-21s %s\n' "--$name $value" "${option_help[$name]}${default:+ ($default)}"
    done
    printf '  %-21s %s\n' --help "print this"
}

# words_for stage|COMMAND: sets $words to the options that a stage script or a command of musasr takes, as --name value.
words_for() {
    local name
    words=()
    for name in "${option_names[@]}"; do
        if ! is_for "$1" "${option_reader[$name]}"; then continue; fi
        if [[ $name == set ]]; then
            words+=("${overrides[@]}")
        elif [[ -n ${!name} ]]; then
            words+=("--$name" "${!name}")
        fi
    done
}

# Whether an option with these readers is for $1: a stage script takes all but run.sh's own.
is_for() {
    case $1 in
        stage) [[ $2 != run ]] ;;
        *) [[ $2 == musasr || " $2 " == *" $1 "* ]] ;;
    esac
}

# Prints one line and leaves with status 2: the user asked for something that there is not.
usage_error() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

# did_you_mean WORD PREFIX NAMES...: prints a question about the name that is nearest to the word.
did_you_mean() {
    "${PYTHON3:-python3}" - "$@" 2>/dev/null <<'PYTHON' || true
import difflib, sys
word, prefix, *names = sys.argv[1:]
close = difflib.get_close_matches(word, names, n=1, cutoff=0)
print(f"; did you mean {prefix}{close[0]}?" if close else "", end="")
PYTHON
}

# read_options "$@": sets the variables of the options that are given, and $asks_for_help.
read_options() {
    local name
    asks_for_help=
    while (($#)); do
        if [[ $1 == --help || $1 == -h ]]; then
            asks_for_help=yes
            shift
            continue
        fi
        name=${1#--}
        [[ $1 == --* ]] || usage_error "'$1' is no option; every option is written --name value (--help lists them)"
        is_option "$name" || usage_error "unknown option '$1'$(did_you_mean "${name%%=*}" -- "${option_names[@]}" help)"
        (($# >= 2)) || usage_error "option --$name needs a value: --$name VALUE"
        [[ -n $2 && $2 != --* ]] || usage_error "option --$name needs a value, not '$2'"
        printf -v "$name" '%s' "$2"
        if [[ $name == set ]]; then
            [[ $2 == ?*=* ]] || usage_error "--set wants key.path=value, not '$2'"
            overrides+=(--set "$2")
        fi
        shift 2
    done
}

is_option() {
    local name
    for name in "${option_names[@]}"; do
        if [[ $name == "$1" ]]; then return; fi
    done
    return 1
}

# Checks each value as the table says. Of a recipe's stages $first_stage is the first, $last_stage the last.
check_values() {
    local name value file
    for name in "${option_names[@]}"; do
        value=${option_value[$name]}
        if [[ -z ${!name} ]]; then continue; fi
        case $value in
            STAGE) check_number "$name" "$first_stage" "$last_stage" ;;
            *..*) check_number "$name" "${value%..*}" "${value#*..}" ;;
            FILE)
                file=$(find_place -f "${!name}") || usage_error "--$name ${!name}: no such file"
                printf -v "$name" '%s' "$file"
                ;;
        esac
    done
}

check_number() {
    local name=$1 least=$2 most=$3
    if [[ ! ${!name} =~ ^[0-9]{1,6}$ ]] || ((10#${!name} < least || 10#${!name} > most)); then
        usage_error "--$name wants a whole number from $least to $most, not '${!name}'"
    fi
    printf -v "$name" '%d' "$((10#${!name}))"
}

# find_place -f|-d PATH: prints the whole path of a file or folder that a user names from where they stand, or else from
# the repository's root; false where there is none.
find_place() {
    local place
    for place in "$caller/$2" "$root/$2" "$2"; do
        if test "$1" "$place" && [[ $2 != /* || $place == "$2" ]]; then
            printf '%s' "$place"
            return
        fi
    done
    return 1
}
