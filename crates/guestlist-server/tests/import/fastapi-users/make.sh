#!/bin/sh
# Leaves app.db and passwords.csv here, then runs export.sh.
# PY311: 3.10 to 3.12, for FastAPI Users 12 with passlib.  PY313: 3.10 or newer.
set -eu
cd "$(dirname "$0")"
PY311=${PY311:-python3.11} PY313=${PY313:-python3.13} PORT=${PORT:-8612}
tmp=${TMPDIR:-/tmp}/fastapi-users.$$
server=
trap 'kill $server 2>/dev/null; rm -rf "$tmp"' EXIT
export PYTHONDONTWRITEBYTECODE=1 MAILBOX="$tmp/mailbox"
"$PY311" -m venv "$tmp/old"
"$tmp/old/bin/pip" -q install 'fastapi-users[sqlalchemy]==12.1.3' passlib==1.7.4 bcrypt==4.0.1 fastapi==0.165.0 \
  SQLAlchemy==2.0.58 aiosqlite==0.22.1 uvicorn==0.54.0 httpx==0.28.1
"$PY313" -m venv "$tmp/new"
"$tmp/new/bin/pip" -q install 'fastapi-users[sqlalchemy]==15.0.5' pwdlib==0.3.0 argon2-cffi==25.1.0 bcrypt==5.0.0 \
  fastapi==0.165.0 SQLAlchemy==2.0.58 aiosqlite==0.22.1 uvicorn==0.54.0 httpx==0.28.1

run() {   # run old|new
  "$tmp/$1/bin/uvicorn" app:app --port "$PORT" --log-level warning &
  server=$!
  for i in 1 2 3 4 5 6 7 8 9 10; do
    "$tmp/$1/bin/python" -c "import httpx; httpx.get('http://127.0.0.1:$PORT/docs')" 2>/dev/null && break; sleep 1
  done
  "$tmp/$1/bin/python" register.py "$1" "http://127.0.0.1:$PORT"
  kill $server; wait $server || true
}
rm -f app.db
"$tmp/old/bin/python" app.py setup
run old
run new
sh export.sh
