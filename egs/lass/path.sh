# shellcheck shell=bash
# Where musasr is. A recipe in another place names its whole path here.
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
