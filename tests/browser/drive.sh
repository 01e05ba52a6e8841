#!/bin/sh
# Runs a script of this folder with a browser: drive.sh VENV SCRIPT BASE_URL SCREENSHOT ...
set -eu

venv=$1
shift
cd "$(dirname "$0")"

graphiql=../../gatepost/http/graphiql
lock=$graphiql/node.lock
. $graphiql/node.sh

if [ -z "${BROWSER:-}" ]; then
    install_locked
    # The browser is unpacked here once.
    TMPDIR=$PWD/node_modules/.browser
    export TMPDIR
    mkdir -p "$TMPDIR"
fi
exec node "$@"
