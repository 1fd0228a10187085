#!/usr/bin/env bash
# Installs everything musasr needs into tools/venv: Python 3.12 or 3.13, the locked packages, the package itself.
#
#   tools/install.sh      does nothing when nothing changed; may be killed, repeated, or run twice at once
#
# Variables:
#   MUSASR_TORCH_INDEX=URL   take torch and torchaudio from this package index (CPU-only, another CUDA); where it is
#                            not set, what the environment was made with is kept
#   MUSASR_PYTHON=FILE       use this Python, which has the packages already; nothing is installed
# uv's own settings (UV_DEFAULT_INDEX, UV_CACHE_DIR, ...) apply.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly uv_version=0.13.8
readonly venv=$PWD/tools/venv
readonly stamp=$venv/musasr.stamp

say() { printf 'install.sh: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# True where $1 runs and is a Python that the locked packages support.
is_supported_python() {
    "$1" -c 'import sys; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

# Prints every place that a Python might be in; some are shims or older, so each must be tried by running it.
list_pythons() {
    local version
    for version in 3.12 3.13; do
        type -aP "python$version" || true
        compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version*/bin/python$version" || true
        if command -v pyenv >/dev/null; then
            compgen -G "$(pyenv root)/versions/$version*/bin/python$version" || true
        fi
        compgen -G "/usr/local/bin/python$version" || true
        compgen -G "/opt/*/bin/python$version" || true
    done
    type -aP python3 python || true
    if [[ -n ${CONDA_PREFIX:-} ]]; then printf '%s\n' "$CONDA_PREFIX/bin/python3"; fi
}

find_python() {
    local candidate
    while read -r candidate; do
        if is_supported_python "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done < <(list_pythons)
    return 1
}

# Prints a uv of the pinned version: in a small environment of its own, made by any Python that can make one.
find_uv() {
    local home=$PWD/tools/uv candidate
    if [[ "$("$home/bin/uv" --version 2>/dev/null)" != "uv $uv_version"* ]]; then
        say "fetching uv $uv_version"
        while read -r candidate; do
            rm -rf "$home"
            if "$candidate" -m venv "$home" >/dev/null 2>&1 &&
                "$home/bin/python" -m pip install --quiet "uv==$uv_version" >&2; then
                break
            fi
        done < <(type -aP python3 python; list_pythons)
    fi
    if [[ -x $home/bin/uv ]]; then
        printf '%s\n' "$home/bin/uv"
    else
        command -v uv
    fi
}

make_venv() {
    local python
    rm -rf "$venv"
    if python=$(find_python); then
        say "making tools/venv with $python"
    else
        say "no Python 3.12 or 3.13 here: uv looks for one to fetch"
        "$uv" python install --quiet 3.12 ||
            die "no Python 3.12 or 3.13 was found, and none could be fetched; install one (package python3.12, pyenv, conda) and run again"
        python=$("$uv" python find --managed-python 3.12)
    fi
    "$uv" venv --quiet --python "$python" "$venv" || die "could not make $venv with $python"
}

# The arguments are options of uv pip install.
install_packages() {
    local lock=tools/requirements.txt
    if [[ -n $torch_index ]]; then
        say "installing torch and torchaudio from $torch_index"
        # with what their build asks for (its own CUDA libraries): so the lock's lines for those are left out below
        grep -E '^(torch|torchaudio)==' tools/requirements.txt >"$venv/torch.txt"
        "$uv" pip install --python "$venv" "$@" --index "$torch_index" -r "$venv/torch.txt" ||
            die "torch could not be installed from $torch_index"
        lock=$venv/requirements.txt
        grep -vE '^(torch|torchaudio|triton|cuda-[a-z-]+|nvidia-[a-z0-9-]+)==' tools/requirements.txt >"$lock"
    fi
    say "installing $(grep -c '==' "$lock") locked packages"
    "$uv" pip install --python "$venv" "$@" --no-deps -r "$lock" ||
        die "the packages of tools/requirements.txt could not be installed"
    say "installing musasr itself (editable)"
    "$uv" pip install --quiet --python "$venv" --no-deps --no-build-isolation --editable . || die "musasr itself could not be installed"
}

# What does not hold anything up where it fails: Python then compiles as it imports.
compile_imports() {
    say "compiling what musasr imports"
    "$venv/bin/python" tools/compile_imports.py musasr || true
}

# Nor is this needed: without it `musasr transcribe` finds speech by another network.
fetch_speech_network() {
    say "fetching a network that hears speech under music"
    tools/speech_network.sh >/dev/null 2>"$venv/speech_network.log" ||
        say "it could not be fetched, and is done without (tools/speech_network.sh tries again)"
}

# The packages of an existing environment whose versions matter to us: one line of what differs, or nothing.
check_python() {
    is_supported_python "$1" || die "MUSASR_PYTHON=$1 is no Python 3.12 or 3.13 that runs"
    "$1" - tools/requirements.txt <<'PYTHON' || exit 1
import sys
from importlib.metadata import PackageNotFoundError, version

lock = dict(line.split()[0].split("==") for line in open(sys.argv[1]) if "==" in line and line[0].isalpha())
wrong = []
for name in ("torch", "torchaudio", "espnet"):
    try:
        found = version(name)
    except PackageNotFoundError:
        found = "nothing"
    if found.partition("+")[0] != lock[name]:
        wrong.append(f"{name} {lock[name]} (found {found})")
if wrong:
    sys.exit(f"install.sh: error: MUSASR_PYTHON={sys.executable} lacks {', '.join(wrong)}; install it there, or unset MUSASR_PYTHON")
PYTHON
}

# What the environment was made from, in the stamp. A moved checkout, another Python or another torch asks for a new one
# (lines 1 and 2); changed packages for an update (line 3).
describe_venv() { printf '%s %s\ntorch index: %s\n' "$venv" "$("$venv/bin/python" -V 2>&1)" "$torch_index"; }
describe_packages() { cat tools/requirements.txt setup.py | sha256sum; }
is_current() {
    [[ -f $stamp && "$(cat "$stamp")" == "$(describe_venv)"$'\n'"$(describe_packages)" ]]
}

main() {
    if [[ -n ${MUSASR_PYTHON:-} ]]; then
        check_python "$MUSASR_PYTHON"
        return
    fi
    torch_index=${MUSASR_TORCH_INDEX-$(sed -n 's/^torch index: //p' "$stamp" 2>/dev/null || true)}
    if is_current; then return; fi
    exec 9>tools/.install.lock
    flock --nonblock 9 || { say "waiting for another install.sh"; flock 9; }
    if is_current; then return; fi

    local uv started=$SECONDS
    uv=$(find_uv) || die "uv could not be installed from PyPI; check the network, or pip's settings"
    if [[ ! -f $stamp || "$(head -n 2 "$stamp")" != "$(describe_venv)" ]]; then
        make_venv
    fi
    # Not finished, but made of this: what is killed or finds no room is gone on with, not begun again. Packages that a
    # kill cut in half look installed, so all are put in place again (from the cache).
    local again=()
    if grep -qx "not finished" "$stamp" 2>/dev/null; then again=(--reinstall); fi
    { describe_venv; echo "not finished"; } >"$stamp"
    install_packages "${again[@]}"
    compile_imports
    fetch_speech_network
    { describe_venv; describe_packages; } >"$stamp.new"
    mv "$stamp.new" "$stamp"
    say "done in $((SECONDS - started)) s"
}

main
