#!/bin/sh
# Runs the audits with Node 20 or newer from PATH: audit.sh URL
set -eu

cd "$(dirname "$0")"
venv=
lock=
. ../../../gatepost/http/graphiql/node.sh
install_locked >&2
exec node audit.mjs "$@"
