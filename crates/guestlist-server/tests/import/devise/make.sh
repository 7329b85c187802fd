#!/bin/sh
# Leaves app.db and passwords.csv here, then runs export.sh. Debian 12's packages, as root:
#   apt-get update && apt-get install -y --no-install-recommends ruby ruby-rails ruby-devise ruby-sqlite3 sqlite3
set -eu
cd "$(dirname "$0")"
here=$PWD tmp=${TMPDIR:-/tmp}/devise-users.$$
mkdir -p "$tmp"
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/config"
cp routes.rb "$tmp/config/"
cd "$tmp"
LANG=C.UTF-8 ruby -W0 "$here/app.rb"
cp app.db passwords.csv "$here/"
sh "$here/export.sh"
