#!/bin/sh
# Make .venv, with everything the project needs, from a bare Debian or Ubuntu with Python >= 3.11.
#
# Touches nothing outside .venv. Debian splits pip and ensurepip out of Python, so uv is found by
# the first of four ways that works; each ends with the same hashed packages.
set -eu
cd "$(dirname "$0")/.."
VENV="$PWD/.venv"
say() { printf 'set-up: %s\n' "$*" >&2; }

PY=
for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        PY=$candidate
        break
    fi
done
[ -n "$PY" ] || { say "no Python 3.11 or newer on PATH. Install the package python3."; exit 1; }

# A half-made .venv from an interrupted run is not worth repairing.
[ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c '' 2>/dev/null || rm -rf "$VENV"

install_uv_with() { # the words of a pip command
    "$@" install -q --disable-pip-version-check --require-hashes -r bootstrap.lock
}

if [ ! -x "$VENV/bin/uv" ]; then
    if "$PY" -c 'import ensurepip, venv' 2>/dev/null; then
        say "making .venv"
        "$PY" -m venv "$VENV"
        install_uv_with "$VENV/bin/python" -m pip
    else
        "$PY" -m venv --without-pip "$VENV"
        if "$PY" -m pip --version >/dev/null 2>&1; then
            say "making .venv with the system's pip"
            install_uv_with "$PY" -m pip --python "$VENV/bin/python"
        elif command -v apt-get >/dev/null 2>&1; then
            # Neither pip nor ensurepip: unpack Debian's pip wheel inside .venv. apt keeps its
            # lists and cache there too, so this needs no root and leaves the system alone.
            say "making .venv with Debian's pip wheel (no pip on this system)"
            APT="$VENV/.apt"
            mkdir -p "$APT/lists/partial" "$APT/cache/archives/partial"
            apt_get() {
                apt-get -qq -o Dir::State::Lists="$APT/lists" -o Dir::Cache="$APT/cache" \
                    -o APT::Sandbox::User="$(id -un)" "$@"
            }
            apt_get update
            (cd "$APT" && apt_get download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .)
            WHEEL=$(find "$APT/usr" -name 'pip-*.whl' | head -n 1)
            PYTHONPATH="$WHEEL" install_uv_with "$VENV/bin/python" -m pip
            rm -rf "$APT"
        else
            say "this Python has no pip and no ensurepip, and there is no apt-get to find one with. Install pip, then run again."
            exit 1
        fi
    fi
fi

say "installing the locked packages"
export UV_COMPILE_BYTECODE=1 UV_LINK_MODE="${UV_LINK_MODE:-copy}" UV_CACHE_DIR="$VENV/.uv-cache" VIRTUAL_ENV="$VENV"
"$VENV/bin/uv" pip sync -q --require-hashes --allow-empty-requirements requirements.lock bootstrap.lock
"$VENV/bin/uv" pip install -q --no-deps --no-build-isolation --editable .
rm -rf "$VENV/.uv-cache"
say "done"
