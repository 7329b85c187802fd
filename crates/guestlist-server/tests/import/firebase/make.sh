#!/bin/sh
# Leaves users.json, hash_config.txt and passwords.csv here, then runs export.sh. Node 20 or newer, jq.
set -eu
cd "$(dirname "$0")"
here=$PWD tmp=${TMPDIR:-/tmp}/firebase-users.$$
mkdir -p "$tmp"
trap 'rm -rf "$tmp"' EXIT
cp package.json make.cjs "$tmp/"
cd "$tmp"
npm install --silent --ignore-scripts --omit=optional
node make.cjs "$here"
sh "$here/export.sh"
