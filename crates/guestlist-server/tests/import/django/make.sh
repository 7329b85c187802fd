#!/bin/sh
# Leaves db.sqlite3 and passwords.csv here, then runs export.sh.
# PY311: 3.8 to 3.12 (Django 4.2).  PY313: 3.12 or newer (Django 6.1).
set -eu
cd "$(dirname "$0")"
here=$PWD PY311=${PY311:-python3.11} PY313=${PY313:-python3.13}
tmp=${TMPDIR:-/tmp}/django-users.$$
trap 'rm -rf "$tmp"' EXIT
export PYTHONDONTWRITEBYTECODE=1
"$PY311" -m venv "$tmp/old"
"$tmp/old/bin/pip" -q install Django==4.2.30
"$PY313" -m venv "$tmp/new"
"$tmp/new/bin/pip" -q install Django==6.1.3 argon2-cffi==25.1.0 bcrypt==5.0.0

mkdir "$tmp/site"
"$tmp/old/bin/django-admin" startproject shop "$tmp/site"
cat settings_tail.py >> "$tmp/site/shop/settings.py"
cd "$tmp/site"
"$tmp/old/bin/python" manage.py migrate -v 0
ERA=pbkdf2-of-4.2 "$tmp/old/bin/python" manage.py shell -c "exec(open('$here/users.py').read())"
# the site moves to a newer Django; hashes change only when their owners log in
"$tmp/new/bin/python" manage.py migrate -v 0
for era in pbkdf2 argon2 bcrypt_sha256 scrypt unusable; do
  ERA=$era "$tmp/new/bin/python" manage.py shell -v 0 -c "exec(open('$here/users.py').read())"
done
ERA=check PASSWORDS_CSV="$here/passwords.csv" "$tmp/new/bin/python" manage.py shell -v 0 -c "exec(open('$here/users.py').read())"
cp db.sqlite3 "$here/db.sqlite3"
sh "$here/export.sh"
