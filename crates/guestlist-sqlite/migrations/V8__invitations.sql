-- Invitations to sign up. The link is derived from the salt and the installation's secret.
CREATE TABLE invitations (
    id             BLOB    NOT NULL PRIMARY KEY,
    created_by     BLOB    REFERENCES users (id) ON DELETE CASCADE,
    note           TEXT,
    email          TEXT,
    email_as_given TEXT,
    uses_left      INTEGER NOT NULL,
    salt           BLOB    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    revoked_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX invitations_of_a_user ON invitations (created_by) WHERE created_by IS NOT NULL;
