#!/bin/sh
# What a user of such an application runs: needs only the sqlite3 shell.
cd "$(dirname "$0")"
sqlite3 -header -csv app.db > export.csv <<'SQL'
SELECT email, hashed_password AS password_hash, full_name AS name, created_at, disabled
FROM users ORDER BY id;
SQL
