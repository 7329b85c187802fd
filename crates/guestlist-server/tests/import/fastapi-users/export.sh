#!/bin/sh
# What a user of such an application runs: needs only the sqlite3 shell.
# FastAPI Users itself keeps neither a name nor a date.
cd "$(dirname "$0")"
sqlite3 -header -csv app.db > export.csv <<'SQL'
SELECT id, email, hashed_password AS password_hash, is_verified AS email_verified, NOT is_active AS disabled
FROM user ORDER BY rowid;
SQL
