#!/bin/sh
# What a user of Devise runs (or through: rails dbconsole). confirmed_at is there with :confirmable only;
# deactivated_at is this application's own column (Devise itself has none; with :lockable there is locked_at,
# which passes by itself and does not belong here).
cd "$(dirname "$0")"
sqlite3 -header -csv app.db > export.csv <<'SQL'
SELECT email, encrypted_password AS password_hash, name, created_at,
       confirmed_at IS NOT NULL AS email_verified, deactivated_at IS NOT NULL AS disabled
FROM users ORDER BY id;
SQL
