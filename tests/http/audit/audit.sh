#!/bin/sh
# Runs the audits against an endpoint: audit.sh VENV URL
set -eu

venv=$1
shift
cd "$(dirname "$0")"

graphiql=../../../gatepost/http/graphiql
lock=$graphiql/node.lock
. $graphiql/node.sh
install_locked >&2
exec node audit.mjs "$@"
