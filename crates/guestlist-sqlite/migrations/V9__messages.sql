-- A message is the mail, the link in it and the entry in the outbox. It contains no secret: those of links and codes are
-- derived from the installation's secret, the id, the purpose and the salt.
CREATE TABLE messages (
    id            BLOB    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    user_id       BLOB    REFERENCES users (id) ON DELETE CASCADE,
    to_key        TEXT    NOT NULL,
    to_given      TEXT    NOT NULL,
    data          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    purpose       TEXT,
    link_salt     BLOB,
    bound_to      TEXT,
    expires_at    INTEGER,
    link_end      TEXT,
    link_ended_at INTEGER,
    code_salt     BLOB,
    code_tries    INTEGER,
    state         TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
    queued_at     INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    sent_at       INTEGER,
    error         TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_of_a_user ON messages (user_id, id);
CREATE INDEX messages_to_an_address ON messages (to_key, id);
CREATE INDEX messages_by_state ON messages (state, next_at, id);
CREATE INDEX messages_by_creation ON messages (created_at);
CREATE INDEX messages_with_a_link ON messages (expires_at) WHERE purpose IS NOT NULL AND link_end IS NULL;
