-- Events of accounts, such as sign-ins. They are kept for a year by default, and go with their user. The details are a
-- JSON object of texts. An entry may stand for several events of one kind (times), the last of them at last_at.
CREATE TABLE security_events (
    id      uuid   NOT NULL PRIMARY KEY,
    user_id uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    actor   text   NOT NULL,
    kind    text   NOT NULL,
    device  text,
    address text,
    details text   NOT NULL,
    at      bigint NOT NULL,
    times   bigint NOT NULL,
    last_at bigint NOT NULL
);

CREATE INDEX security_events_of_a_user ON security_events (user_id, id);
