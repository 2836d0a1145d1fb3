#!/bin/sh
# Makes .venv: the newest Python >= 3.11 of this machine, the framework (editable) and the development tools.
set -eu

python=""
for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$(command -v "$candidate")
        break
    fi
done
if [ -z "$python" ]; then
    echo "error: no Python >= 3.11 on PATH" >&2
    echo "  hint: on Debian: apt-get install python3 python3-venv" >&2
    exit 2
fi

# Debian splits venv from Python. As root on Debian it can be had; elsewhere the message says what is missing.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -y -qq python3-venv
    else
        echo "error: $python has no ensurepip, which 'python -m venv' needs" >&2
        echo "  hint: on Debian: apt-get install python3-venv" >&2
        exit 2
    fi
fi

.venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
.venv/bin/python -m uv pip install --quiet --python .venv/bin/python --constraint constraints.txt --editable . --group dev
echo "ready: $(.venv/bin/python --version) in .venv"
