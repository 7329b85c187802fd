-- Invitations to sign up. The link is derived from the salt and the installation's secret.
CREATE TABLE invitations (
    id             uuid   NOT NULL PRIMARY KEY,
    created_by     uuid   REFERENCES users (id) ON DELETE CASCADE,
    note           text   COLLATE "C",
    email          text   COLLATE "C",
    email_as_given text,
    uses_left      bigint NOT NULL,
    salt           bytea  NOT NULL,
    created_at     bigint NOT NULL,
    expires_at     bigint NOT NULL,
    revoked_at     bigint
);

CREATE INDEX invitations_of_a_user ON invitations (created_by) WHERE created_by IS NOT NULL;
