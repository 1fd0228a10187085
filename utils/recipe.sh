# shellcheck shell=bash disable=SC2034,SC2154 # common.sh sets what is not set here; scripts use what is not used here
# A recipe is a folder: its stages are the scripts NUMBER_NAME.sh in it, which state their titles, and its configuration is
# conf/<the folder's name>.yaml, in the folder or in the repository's root. A stage that says `in_stage --on_request "title"`
# runs only where --stage or --stop_stage asks for it; such stages come last. Sourced after options.sh.

# Prints the whole path of the recipe that --recipe names: a folder of egs/, or the path of one.
find_recipe() {
    local names
    if [[ $1 == */* || $1 == . || $1 == .. ]]; then
        find_place -d "$1" || usage_error "--recipe $1: no such folder"
    elif [[ -d egs/$1 ]]; then
        printf '%s' "$root/egs/$1"
    else
        read -ra names <<<"$(list_recipes)"
        usage_error "--recipe $1: no such recipe in egs/$(did_you_mean "$1" "" "${names[@]}")"
    fi
}

list_recipes() {
    local folders=("$root"/egs/*/)
    folders=("${folders[@]%/}")
    echo "${folders[@]##*/}"
}

# enter_recipe FOLDER: sets $recipe_folder, $recipe_name, $stage_scripts (by number), $first_stage, $last_stage, and
# $usual_stage, the last one that is not on request.
enter_recipe() {
    local script number numbers
    recipe_folder=$(cd "$1" && pwd)
    recipe_name=${recipe_folder##*/}
    stage_scripts=()
    for script in "$recipe_folder"/[0-9]*.sh; do
        if [[ ! -e $script && ! -L $script ]]; then continue; fi # the pattern itself: there is none
        [[ -x $script ]] || usage_error "$script: is not executable, or a link to nothing"
        number=$(number_of "$script")
        [[ -z ${stage_scripts[number]:-} ]] || usage_error "$script: ${stage_scripts[number]##*/} has the same number"
        stage_scripts[number]=$script
    done
    ((${#stage_scripts[@]})) || usage_error "$recipe_folder: is no recipe; it holds no stage script, such as 1_NAME.sh"
    numbers=("${!stage_scripts[@]}") # a list's own order: as numbers
    first_stage=${numbers[0]}
    last_stage=${numbers[-1]}
    find_usual_stage
}

find_usual_stage() {
    local number
    usual_stage=$last_stage
    for number in "${!stage_scripts[@]}"; do
        if is_on_request "$number"; then continue; fi
        usual_stage=$number
    done
    for number in "${!stage_scripts[@]}"; do
        if ((number < usual_stage)) && is_on_request "$number"; then
            usage_error "${stage_scripts[number]}: is on request, and stage $usual_stage comes after it; number it last"
        fi
    done
}

is_on_request() { grep -q '^if in_stage --on_request ' "${stage_scripts[$1]}"; }

# Prints the number of a stage, with which its script's name begins.
number_of() {
    [[ ${1##*/} =~ ^([0-9]{1,6})_ ]] || usage_error "$1: the name of a stage script is NUMBER_NAME.sh"
    printf '%d' "$((10#${BASH_REMATCH[1]}))"
}

print_stages() {
    local number title
    echo "Stages of $recipe_name:"
    for number in "${!stage_scripts[@]}"; do
        title=$(sed -n 's/^if in_stage "\(.*\)"; then$/\1/p; s/^if in_stage --on_request "\(.*\)"; then$/\1 (on request)/p' \
            "${stage_scripts[number]}")
        printf '%3d  %s\n' "$number" "${title:-${stage_scripts[number]##*/}}"
    done
}

find_configuration() {
    local place
    for place in "$recipe_folder" "$root"; do
        if [[ -f $place/conf/$recipe_name.yaml ]]; then
            printf '%s' "$place/conf/$recipe_name.yaml"
            return
        fi
    done
    usage_error "there is no conf/$recipe_name.yaml in $recipe_folder or $root; name a configuration with --config"
}
