-- The second factor of a user. The secret is sealed under a key of the installation's secret.
CREATE TABLE factors (
    id            BLOB    NOT NULL PRIMARY KEY,
    user_id       BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind          TEXT    NOT NULL,
    sealed_secret BLOB    NOT NULL,
    last_step     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    confirmed_at  INTEGER,
    last_used_at  INTEGER,
    tries         INTEGER NOT NULL,
    tried_at      INTEGER,
    UNIQUE (user_id, kind)
) STRICT, WITHOUT ROWID;

-- The unused recovery codes of a user: hashes of 32 bytes, one after the other.
CREATE TABLE recovery_codes (
    user_id    BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hashes     BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
