#!/bin/sh
# users.json comes from:  firebase auth:export users.json --format=json
# The four parameters are the project's own: Firebase console, Authentication, Users, the three dots, "Password hash parameters".
# Accounts without an e-mail address (by telephone, anonymous) are left out.
cd "$(dirname "$0")"
jq -c \
  --arg key 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==' \
  --arg sep 'Bw==' --arg rounds 8 --arg mem 14 '
  .users[] | select(.email) | {
    email,
    password_hash: (if .passwordHash then
      "$fbscrypt$v=1,n=\($mem),r=\($rounds),p=1,ss=\($sep),sk=\($key)$\(.salt)$\(.passwordHash)" else null end),
    name: .displayName,
    created_at: (.createdAt | tonumber),
    email_verified: (.emailVerified // false),
    disabled: (.disabled // false)
  }' users.json > export.ndjson
