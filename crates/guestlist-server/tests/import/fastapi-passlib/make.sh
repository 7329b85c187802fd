#!/bin/sh
# Leaves app.db and passwords.csv here, then runs export.sh. PYTHON: 3.10 to 3.12.
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3.11} PORT=${PORT:-8611}
tmp=${TMPDIR:-/tmp}/fastapi-passlib.$$
export PYTHONDONTWRITEBYTECODE=1
"$PYTHON" -m venv "$tmp"
"$tmp/bin/pip" -q install fastapi==0.165.0 uvicorn==0.54.0 SQLAlchemy==2.1.9 'passlib[bcrypt]==1.7.4' bcrypt==4.0.1 \
  email-validator==2.4.0 python-multipart==0.0.34 httpx==0.28.1
rm -f app.db
"$tmp/bin/uvicorn" app:app --port "$PORT" --log-level warning &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$tmp"' EXIT
for i in 1 2 3 4 5 6 7 8 9 10; do
  "$tmp/bin/python" -c "import httpx; httpx.get('http://127.0.0.1:$PORT/docs')" 2>/dev/null && break; sleep 1
done
"$tmp/bin/python" register.py "http://127.0.0.1:$PORT"
sh export.sh
