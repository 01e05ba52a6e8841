#!/bin/sh
# Builds the GraphiQL page into dist/ beside this file, unless that is newer than its sources: build.sh [VENV]
set -eu

venv=${1:-}
case $venv in
"" | /*) ;;
*) venv=$PWD/$venv ;;
esac
cd "$(dirname "$0")"

sources="src package.json package-lock.json build.mjs"
# shellcheck disable=SC2086
if [ -f dist/page.html ] && [ -z "$(find $sources -newer dist/page.html -print -quit)" ]; then
    exit 0
fi

lock=node.lock
. ./node.sh
install_locked
npm run --silent build
