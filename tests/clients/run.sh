#!/bin/sh
# Runs a command in the folder where it is called, with Node and the packages of package-lock.json: run.sh VENV COMMAND…
set -eu

venv=$1
shift
there=$PWD
cd "$(dirname "$0")"
here=$PWD

graphiql=../../gatepost/http/graphiql
lock=$graphiql/node.lock
. $graphiql/node.sh
install_locked >&2
PATH=$here/node_modules/.bin:$PATH
cd "$there"
exec "$@"
