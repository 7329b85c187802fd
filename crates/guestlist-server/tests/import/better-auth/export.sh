#!/bin/sh
# What a user of better-auth runs: needs only the sqlite3 shell.
# "banned" is there only with the admin plugin; without it leave that column out.
cd "$(dirname "$0")"
sqlite3 -header -csv app.db > export.csv <<'SQL'
SELECT u.email, a.password AS password_hash, u.name, u.createdAt AS created_at,
       u.emailVerified AS email_verified, coalesce(u.banned, 0) AS disabled
FROM user u LEFT JOIN account a ON a.userId = u.id AND a.providerId = 'credential'
ORDER BY u.createdAt;
SQL
