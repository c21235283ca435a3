#!/bin/sh
# Make the virtual environment .venv, unless a working one is there.
# PYTHON chooses the interpreter; it must be 3.11 or later, with its venv module.
set -eu

usable() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
        2>/dev/null
}

find_python() {
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if usable "$python"; then
            echo "$python"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then
        echo "PYTHON=$PYTHON is not a Python 3.11 or later with its venv module." >&2
    else
        echo "streamer needs Python 3.11 or later with its venv module;" >&2
        echo "on Debian and Ubuntu: apt-get install python3 python3-venv" >&2
    fi
    return 1
}

# What venv writes last is there only where nobody broke it off.
if [ -f .venv/bin/activate ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then
    exit 0
fi
python=$(find_python)
echo "Making .venv with $("$python" --version)."
rm -rf .venv
# Python answers Ctrl-C with a traceback; what went wrong otherwise is shown.
trap 'exit 130' INT
said=$("$python" -m venv .venv 2>&1) || {
    echo "$said" >&2
    exit 1
}
