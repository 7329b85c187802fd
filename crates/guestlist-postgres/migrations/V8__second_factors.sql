-- The second factor of a user. The secret is sealed under a key of the installation's secret.
CREATE TABLE factors (
    id            uuid   NOT NULL PRIMARY KEY,
    user_id       uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind          text   COLLATE "C" NOT NULL,
    sealed_secret bytea  NOT NULL,
    last_step     bigint NOT NULL,
    created_at    bigint NOT NULL,
    confirmed_at  bigint,
    last_used_at  bigint,
    tries         bigint NOT NULL,
    tried_at      bigint,
    UNIQUE (user_id, kind)
);

-- The unused recovery codes of a user, as hashes.
CREATE TABLE recovery_codes (
    user_id    uuid    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hashes     bytea[] NOT NULL,
    created_at bigint  NOT NULL
);
