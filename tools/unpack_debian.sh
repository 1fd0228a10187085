#!/usr/bin/env bash
# tools/unpack_debian.sh FOLDER PACKAGE...: Debian's packages, fetched and unpacked into FOLDER/PACKAGE, never installed. A name may
# be a pattern of apt, such as ^wesnoth-.*-music$, of which the last match is taken; its folder has the package's name.
set -euo pipefail

if [[ $# -lt 2 ]]; then
    echo "usage: tools/unpack_debian.sh FOLDER PACKAGE..." >&2
    exit 2
fi
cannot() {
    echo "tools/unpack_debian.sh: error: $1" >&2
    exit 1
}
type -P apt-cache apt-get dpkg-deb >/dev/null || cannot "Debian's packages need apt-get and dpkg-deb, which are not here"
folder=$(cd "$1" && pwd)
packages=()
for name in "${@:2}"; do
    package=$name
    if [[ $name == ^* ]]; then
        package=$(apt-cache search --names-only "$name" | cut -d' ' -f1 | sort -V | tail -n 1)
        [[ -n $package ]] || cannot "no package is called $name; run apt-get update on a Debian or Ubuntu"
    fi
    packages+=("$package")
done

debs=$(mktemp -d "$folder/.debs.XXXXXX")
trap 'rm -rf "$debs"' EXIT
if ! (cd "$debs" && apt-get download --quiet "${packages[@]}" >"$debs/log" 2>&1); then
    cat "$debs/log" >&2
    cannot "Debian's packages could not be fetched; run apt-get update on a Debian or Ubuntu"
fi
for package in "${packages[@]}"; do
    mkdir "$folder/$package"
    dpkg-deb --extract "$debs/${package}"_*.deb "$folder/$package"
done
