-- A session is one record, and so is everything that opens it; the hashes are SHA-256.
ALTER TABLE users ADD COLUMN token_epoch INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sessions_now (
    id                BLOB    NOT NULL PRIMARY KEY,
    user_id           BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch             INTEGER NOT NULL,
    secret_hash       BLOB,
    secret_expires_at INTEGER,
    refresh_hash      BLOB,
    generation        INTEGER NOT NULL,
    refreshed_at      INTEGER,
    salt              BLOB    NOT NULL,
    scope             TEXT    NOT NULL,
    created_at        INTEGER NOT NULL,
    last_seen_at      INTEGER NOT NULL,
    proven_at         INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    idle_for          INTEGER NOT NULL,
    how               TEXT    NOT NULL,
    device            TEXT,
    address           TEXT
) STRICT, WITHOUT ROWID;

-- Those of before are opened by a JWT and never become idle before they expire.
INSERT INTO sessions_now (id, user_id, epoch, generation, salt, scope, created_at, last_seen_at,
                          proven_at, expires_at, idle_for, how, device, address)
SELECT id, user_id, epoch, 0, randomblob(16), 'account', created_at, created_at,
       created_at, expires_at, max(expires_at - created_at, 0), 'password', device, address
FROM sessions;

DROP TABLE sessions;
ALTER TABLE sessions_now RENAME TO sessions;

CREATE INDEX sessions_of_a_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- What outlives sessions: a user's tokens, and those of services, which have no user.
CREATE TABLE tokens (
    id           BLOB    NOT NULL PRIMARY KEY,
    user_id      BLOB    REFERENCES users (id) ON DELETE CASCADE,
    service      TEXT,
    token_epoch  INTEGER NOT NULL,
    hash         BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    scope        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    CHECK ((user_id IS NULL) <> (service IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_of_a_user ON tokens (user_id, id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

-- Keys that sign tokens; the private part is sealed.
CREATE TABLE keys (
    kid            TEXT    NOT NULL PRIMARY KEY,
    algorithm      TEXT    NOT NULL,
    sealed         BLOB    NOT NULL,
    public         TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    signs_from     INTEGER NOT NULL,
    signs_until    INTEGER NOT NULL,
    verifies_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
