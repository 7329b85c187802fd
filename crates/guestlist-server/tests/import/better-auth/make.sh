#!/bin/sh
# Leaves app.db and passwords.csv here, then runs export.sh. Node 20 or newer.
# better-sqlite3 has a native part: npm fetches it ready made or builds it (a C++ compiler and make).
set -eu
cd "$(dirname "$0")"
here=$PWD tmp=${TMPDIR:-/tmp}/better-auth.$$
mkdir -p "$tmp"
trap 'rm -rf "$tmp"' EXIT
cp package.json make.mjs "$tmp/"
cd "$tmp"
npm install --silent
# npm 11 and newer run install scripts only of packages approved by name
npm approve-scripts better-sqlite3 >/dev/null 2>&1 || true
npm rebuild --silent better-sqlite3
node make.mjs "$here"
sh "$here/export.sh"
