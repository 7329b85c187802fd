-- A message is the mail, the link in it and the entry in the outbox. It contains no secret: those of links and codes are
-- derived from the installation's secret, the id, the purpose and the salt.
CREATE TABLE messages (
    id            uuid   NOT NULL PRIMARY KEY,
    kind          text   NOT NULL,
    user_id       uuid   REFERENCES users (id) ON DELETE CASCADE,
    to_key        text   NOT NULL,
    to_given      text   NOT NULL,
    data          text   NOT NULL,
    created_at    bigint NOT NULL,
    purpose       text,
    link_salt     bytea,
    bound_to      text,
    expires_at    bigint,
    link_end      text,
    link_ended_at bigint,
    code_salt     bytea,
    code_tries    bigint,
    state         text   NOT NULL,
    attempt       bigint NOT NULL,
    queued_at     bigint NOT NULL,
    next_at       bigint NOT NULL,
    sent_at       bigint,
    error         text
);

CREATE INDEX messages_of_a_user ON messages (user_id, id);
CREATE INDEX messages_to_an_address ON messages (to_key, id);
CREATE INDEX messages_by_state ON messages (state, next_at, id);
CREATE INDEX messages_by_creation ON messages (created_at);
CREATE INDEX messages_with_a_link ON messages (expires_at) WHERE purpose IS NOT NULL AND link_end IS NULL;
