#!/bin/sh
# What a user of Django runs (or through: python manage.py dbshell). Django keeps no mark for a verified address.
cd "$(dirname "$0")"
sqlite3 -header -csv db.sqlite3 > export.csv <<'SQL'
SELECT email, password AS password_hash, trim(first_name || ' ' || last_name) AS name,
       date_joined AS created_at, NOT is_active AS disabled
FROM auth_user ORDER BY id;
SQL
