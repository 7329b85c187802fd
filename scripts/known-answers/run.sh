#!/bin/sh
# Makes ../known_answers.csv and ../unreadable.csv again, with new random salts.
# PY311: a Python up to 3.12, on glibc Linux (passlib 1.7.4; Python 3.13 has no crypt module).
# PY313: Python 3.12 or newer (Django 6.1 needs that).  Node 20 or newer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PY311=${PY311:-python3.11}
PY313=${PY313:-python3.13}
tmp=${TMPDIR:-/tmp}/known-answers.$$
mkdir -p "$tmp/node"
trap 'rm -rf "$tmp"' EXIT
export PYTHONDONTWRITEBYTECODE=1

"$PY311" -m venv "$tmp/old"
"$tmp/old/bin/pip" -q install passlib==1.7.4 bcrypt==4.0.1 argon2-cffi==25.1.0 scrypt==0.9.4 Django==4.2.30
"$PY313" -m venv "$tmp/new"
"$tmp/new/bin/pip" -q install argon2-cffi==25.1.0 bcrypt==5.0.0 Django==6.1.3 Werkzeug==3.1.9 pwdlib==0.3.1
cp "$here/package.json" "$tmp/node/" && (cd "$tmp/node" && npm install --silent)

"$tmp/old/bin/python" -W ignore "$here/make_passlib.py" "$tmp/1.csv" "$tmp/1x.csv"
"$tmp/new/bin/python" "$here/make_current.py" "$tmp/2.csv" "$tmp/2x.csv"
(cd "$tmp/node" && node "$here/make_node.mjs" "$tmp/3.csv" "$tmp/3x.csv")
"$PY311" "$here/assemble.py" "$here/../known_answers.csv" format,made_by,password,hash "$tmp/1.csv" "$tmp/2.csv" "$tmp/3.csv"
"$PY311" "$here/assemble.py" "$here/../known_answers_extra.csv" format,made_by,password,hash "$tmp/1x.csv" "$tmp/2x.csv" "$tmp/3x.csv"
"$tmp/old/bin/python" -W ignore "$here/make_unreadable.py" "$here/../unreadable.csv" "$here/../unreadable_extra.csv"
