-- Events of accounts, such as sign-ins. They are kept for a year by default, and go with their user. The details are a
-- JSON object of texts. An entry may stand for several events of one kind (times), the last of them at last_at.
CREATE TABLE security_events (
    id      BLOB    NOT NULL PRIMARY KEY,
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    actor   TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    device  TEXT,
    address TEXT,
    details TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX security_events_of_a_user ON security_events (user_id, id);
