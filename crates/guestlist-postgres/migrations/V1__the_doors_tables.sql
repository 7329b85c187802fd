-- Times are milliseconds since 1970; hashes are SHA-256. Text compares by its bytes.
CREATE TABLE users (
    id             uuid   NOT NULL PRIMARY KEY,
    email          text   COLLATE "C" NOT NULL UNIQUE,
    email_as_given text   NOT NULL,
    password_hash  text   COLLATE "C",
    name           text   COLLATE "C",
    created_at     bigint NOT NULL,
    verified_at    bigint,
    disabled_at    bigint,
    epoch          bigint NOT NULL,
    token_epoch    bigint NOT NULL
);

-- A session is one record, and so is everything that opens it.
CREATE TABLE sessions (
    id                uuid   NOT NULL PRIMARY KEY,
    user_id           uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch             bigint NOT NULL,
    secret_hash       bytea,
    secret_expires_at bigint,
    refresh_hash      bytea,
    generation        bigint NOT NULL,
    refreshed_at      bigint,
    salt              bytea  NOT NULL,
    scope             text   NOT NULL,
    created_at        bigint NOT NULL,
    last_seen_at      bigint NOT NULL,
    proven_at         bigint NOT NULL,
    expires_at        bigint NOT NULL,
    idle_for          bigint NOT NULL,
    how               text   NOT NULL,
    device            text,
    address           text
);

CREATE INDEX sessions_of_a_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- What outlives sessions: a user's tokens, and those of services, which have no user.
CREATE TABLE tokens (
    id           uuid   NOT NULL PRIMARY KEY,
    user_id      uuid   REFERENCES users (id) ON DELETE CASCADE,
    service      text,
    token_epoch  bigint NOT NULL,
    hash         bytea  NOT NULL,
    name         text   NOT NULL,
    scope        text   NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint,
    last_used_at bigint,
    CHECK ((user_id IS NULL) <> (service IS NULL))
);

CREATE INDEX tokens_of_a_user ON tokens (user_id, id);
CREATE INDEX tokens_of_services ON tokens (id) WHERE user_id IS NULL;
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

-- Keys that sign tokens; the private part is sealed. There are a few.
CREATE TABLE keys (
    kid            text   COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm      text   NOT NULL,
    sealed         bytea  NOT NULL,
    public         text   NOT NULL,
    created_at     bigint NOT NULL,
    signs_from     bigint NOT NULL,
    signs_until    bigint NOT NULL,
    verifies_until bigint NOT NULL
);
