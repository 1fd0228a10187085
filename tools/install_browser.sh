#!/usr/bin/env bash
# Debian's Chromium and its driver, where they are missing: tests look at our pages with them. Needs root.
# Where they cannot be had, one line says why and the status is 3; those tests are then skipped, and say so.
set -euo pipefail

say() { printf 'install_browser.sh: %s\n' "$*" >&2; }
cannot() { say "no browser for tests: $*"; exit 3; }

fetch_packages() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium chromium-driver; }

if type -P chromium >/dev/null && type -P chromedriver >/dev/null; then exit; fi
type -P apt-get >/dev/null || cannot "chromium and chromium-driver are not installed, and there is no apt-get here"
((EUID == 0)) || cannot "chromium and chromium-driver are not installed, and installing them needs root"
log=$(mktemp)
say "installing chromium and chromium-driver"
# Lists first as they are: fetching them anew takes longer than the packages.
if ! fetch_packages >"$log" 2>&1 && ! { apt-get update && fetch_packages; } >>"$log" 2>&1; then
    tail -n 3 "$log" >&2
    cannot "apt-get could not install chromium and chromium-driver (output: $log)"
fi
rm -f "$log"
