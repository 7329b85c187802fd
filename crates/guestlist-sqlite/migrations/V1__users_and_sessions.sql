-- Ids are the 16 bytes of a UUID; times are milliseconds since 1970.
CREATE TABLE users (
    id             BLOB    NOT NULL PRIMARY KEY,
    email          TEXT    NOT NULL UNIQUE,
    email_as_given TEXT    NOT NULL,
    password_hash  TEXT,
    created_at     INTEGER NOT NULL,
    disabled_at    INTEGER,
    epoch          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id         BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    device     TEXT,
    address    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_a_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
