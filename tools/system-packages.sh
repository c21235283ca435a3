#!/bin/sh
# Install the system packages that are missing, where this user may.
#
#   tools/system-packages.sh WHAT-FOR PACKAGE[:COMMAND]...
#
# A package counts as there when dpkg has it installed, or when its COMMAND is
# found. Each command is printed before it runs. Who is neither root nor may use
# sudo without a password is told the command; that is no failure, since much works
# without. Nothing is ever removed to make room.
set -eu

there() {
    package=${1%%:*}
    command=${1#*:}
    if [ "$command" != "$1" ] && command -v "$command" >/dev/null 2>&1; then
        return 0
    fi
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$'
}

known() {
    for package in $missing; do
        apt-cache show "$package" >/dev/null 2>&1 || return 1
    done
}

# What a command says is shown only when it fails: a screenful of packages being
# unpacked hides what matters.
run() {
    echo "+ $*"
    if said=$("$@" </dev/null 2>&1); then
        return 0
    fi
    echo "$said"
    return 1
}

purpose=$1
shift
command -v apt-get >/dev/null 2>&1 || exit 0  # another system: its own packages
missing=
for wanted in "$@"; do
    there "$wanted" || missing="$missing ${wanted%%:*}"
done
missing=${missing# }
[ -n "$missing" ] || exit 0

install="apt-get install --yes --quiet --no-install-recommends --no-remove"
if [ "$(id -u)" = 0 ]; then
    as="env DEBIAN_FRONTEND=noninteractive"
elif sudo -n true 2>/dev/null; then
    as="sudo -n env DEBIAN_FRONTEND=noninteractive"
else
    echo "Not installed, and this user may not: $missing (for $purpose)."
    echo "To install it:  sudo apt-get install $missing"
    exit 0
fi

echo "Installing system packages for $purpose: $missing"
# Words are split on purpose: these are lists of words without blanks.
# shellcheck disable=SC2086
if known && run $as $install $missing; then
    exit 0
fi
# shellcheck disable=SC2086
if run $as apt-get update --quiet && run $as $install $missing; then
    exit 0
fi
echo "That did not work; to install it by hand:  sudo apt-get install $missing"
