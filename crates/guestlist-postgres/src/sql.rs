//! Every statement, once.

macro_rules! user {
    () => {
        "u.id, u.email, u.email_as_given, u.password_hash, u.name, u.created_at, u.verified_at, \
         u.disabled_at, u.epoch, u.token_epoch"
    };
}

macro_rules! session {
    () => {
        "s.id, s.user_id, s.epoch, s.secret_hash, s.secret_expires_at, s.refresh_hash, \
         s.generation, s.refreshed_at, s.salt, s.scope, s.created_at, s.last_seen_at, \
         s.proven_at, s.expires_at, s.idle_for, s.how, s.device, s.address, s.refreshed_device, \
         s.refreshed_address, s.retries"
    };
}

macro_rules! token {
    () => {
        "t.id, t.user_id, t.service, t.token_epoch, t.hash, t.name, t.scope, t.created_at, \
         t.expires_at, t.last_used_at"
    };
}

macro_rules! key {
    () => {
        "k.kid, k.algorithm, k.sealed, k.public, k.created_at, k.signs_from, k.signs_until, \
         k.verifies_until"
    };
}

macro_rules! insert_user {
    () => {
        "INSERT INTO users (id, email, email_as_given, password_hash, name, created_at, verified_at,
             disabled_at, epoch, token_epoch)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    };
}

/// What every id comes after.
macro_rules! before_all {
    () => {
        "'00000000-0000-0000-0000-000000000000'::uuid"
    };
}

pub(crate) const INSERT_USER: &str = concat!(insert_user!(), " ON CONFLICT (email) DO NOTHING");

/// Nothing is inserted if either the address or the id is taken.
pub(crate) const IMPORT_USER: &str = concat!(insert_user!(), " ON CONFLICT DO NOTHING");

pub(crate) const EMAIL_OF: &str = "SELECT u.email FROM users u WHERE u.id = $1";

/// Whether a hash (2) is said that is not kept yet, or that the user is disabled (5), who is not.
macro_rules! ends_sessions {
    () => {
        "(($2::text IS NOT NULL AND password_hash IS DISTINCT FROM $2)
          OR (coalesce($5, false) AND disabled_at IS NULL))"
    };
}

/// The row's word, where it says something that is not so yet: hash (2), name (3), whether the
/// address is verified (4) and the user disabled (5), since when (6).
pub(crate) const UPDATE_IMPORTED_USER: &str = concat!(
    "UPDATE users SET
        password_hash = coalesce($2, password_hash),
        name = coalesce($3, name),
        verified_at = CASE WHEN $4::boolean IS NULL THEN verified_at
                           WHEN $4 THEN coalesce(verified_at, $6) END,
        disabled_at = CASE WHEN $5::boolean IS NULL THEN disabled_at
                           WHEN $5 THEN coalesce(disabled_at, $6) END,
        epoch = epoch + ",
    ends_sessions!(),
    "::integer,
        token_epoch = token_epoch + ",
    ends_sessions!(),
    "::integer
    WHERE email = $1 AND (($2::text IS NOT NULL AND password_hash IS DISTINCT FROM $2)
                          OR ($3::text IS NOT NULL AND name IS DISTINCT FROM $3)
                          OR $4 <> (verified_at IS NOT NULL)
                          OR $5 <> (disabled_at IS NOT NULL))
    RETURNING id"
);

pub(crate) const FIND_USER: &str = concat!("SELECT ", user!(), " FROM users u WHERE u.id = $1");

pub(crate) const FIND_USER_BY_EMAIL: &str =
    concat!("SELECT ", user!(), " FROM users u WHERE u.email = $1");

pub(crate) const UPGRADE_PASSWORD_HASH: &str = "
    UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

pub(crate) const SET_PASSWORD: &str = "
    UPDATE users SET password_hash = $3, epoch = epoch + 1, token_epoch = token_epoch + 1
    WHERE id = $1 AND epoch = $2
    RETURNING epoch";

/// What another user has is refused by the unique index.
pub(crate) const SET_EMAIL: &str = "
    UPDATE users SET email = $3, email_as_given = $4,
        verified_at = CASE WHEN email = $3 THEN verified_at END
    WHERE id = $1 AND epoch = $2";

pub(crate) const SET_NAME: &str = "UPDATE users SET name = $3 WHERE id = $1 AND epoch = $2";

/// And personal tokens (3).
pub(crate) const END_SESSIONS_OF: &str = "
    UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + $3::boolean::integer
    WHERE id = $1 AND epoch = $2
    RETURNING epoch";

/// The rows are held in the order of their ids, so that two that do this at once wait for each other in turn.
pub(crate) const END_EVERYTHING: &str = concat!(
    "UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + 1 WHERE id = ANY (ARRAY(
        SELECT u.id FROM users u WHERE u.id > coalesce($1, ",
    before_all!(),
    ") ORDER BY u.id LIMIT $2 FOR NO KEY UPDATE))
    RETURNING id"
);

pub(crate) const DISABLE_USER: &str = "
    UPDATE users SET disabled_at = $2, epoch = epoch + 1, token_epoch = token_epoch + 1
    WHERE id = $1
    RETURNING epoch";

pub(crate) const ENABLE_USER: &str = "
    UPDATE users SET disabled_at = NULL WHERE id = $1 RETURNING epoch";

pub(crate) const LIST_USERS: &str = concat!(
    "SELECT ",
    user!(),
    " FROM users u WHERE u.id > coalesce($1, ",
    before_all!(),
    ") ORDER BY u.id LIMIT $2"
);

pub(crate) const DELETE_USER: &str = "DELETE FROM users WHERE id = $1";

/// The user's row is held, so that whoever deletes it takes the session along, or was there before.
///
/// Others of the user are ended if there are more than the quota (22) with the new one: of the first few, in the order in
/// which sessions of one who has too many end. Two sign-ins at once do not wait for each other.
pub(crate) const INSERT_SESSION: &str = "
    WITH few AS MATERIALIZED (
        SELECT s.id FROM sessions s WHERE s.user_id = $2 ORDER BY s.id LIMIT 2 * $22::bigint
    ), too_many AS MATERIALIZED (
        SELECT s.id FROM sessions s
        WHERE s.id = ANY (ARRAY(SELECT id FROM few)) AND (SELECT count(*) FROM few) >= $22
        ORDER BY s.epoch >= $3 AND s.expires_at > $11 AND s.idle_for > $11 - s.last_seen_at,
            s.last_seen_at, s.id
        LIMIT greatest(0, (SELECT count(*) FROM few) + 1 - $22)
        FOR UPDATE SKIP LOCKED
    ), ended AS (
        DELETE FROM sessions WHERE id = ANY (ARRAY(SELECT id FROM too_many)) RETURNING id
    ), kept AS (
        INSERT INTO sessions (id, user_id, epoch, secret_hash, secret_expires_at, refresh_hash,
                              generation, refreshed_at, salt, scope, created_at, last_seen_at,
                              proven_at, expires_at, idle_for, how, device, address,
                              refreshed_device, refreshed_address, retries)
        SELECT $1, u.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21
        FROM users u WHERE u.id = $2
        FOR KEY SHARE
        RETURNING id
    )
    SELECT (SELECT count(*) FROM kept), ARRAY(SELECT id FROM ended)";

pub(crate) const FIND_SESSION: &str = concat!(
    "SELECT ",
    session!(),
    ", ",
    user!(),
    " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1"
);

pub(crate) const LIST_SESSIONS: &str = concat!(
    "SELECT ",
    session!(),
    " FROM sessions s WHERE s.user_id = $1 AND s.id > coalesce($2, ",
    before_all!(),
    ") ORDER BY s.id LIMIT $3"
);

pub(crate) const ROTATE_SESSION: &str = "
    UPDATE sessions SET generation = generation + 1, refresh_hash = $3, secret_hash = $4,
        secret_expires_at = $5, refreshed_at = $6, last_seen_at = greatest(last_seen_at, $6),
        refreshed_device = $7, refreshed_address = $8, retries = 0
    WHERE id = $1 AND generation = $2";

pub(crate) const COUNT_RETRY: &str = "
    UPDATE sessions SET retries = retries + 1 WHERE id = $1 AND generation = $2 RETURNING retries";

/// With a new token (5) only from the expected one (4).
pub(crate) const PROVE_SESSION: &str = "
    UPDATE sessions SET proven_at = $3, secret_hash = coalesce($5, secret_hash)
    WHERE id = $1 AND epoch = $2 AND ($4::bytea IS NULL OR secret_hash = $4)";

/// Many at once. The rows are held in the order of their ids, so that two that do this at once wait for
/// each other in turn.
pub(crate) const TOUCH_SESSIONS: &str = "
    WITH seen AS (
        SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::bigint[]) AS seen (id, at) GROUP BY id
    ), held AS (
        SELECT s.id, seen.at FROM sessions s JOIN seen ON seen.id = s.id
        WHERE s.last_seen_at < seen.at ORDER BY s.id FOR NO KEY UPDATE OF s
    )
    UPDATE sessions SET last_seen_at = held.at FROM held
    WHERE sessions.id = held.id AND sessions.last_seen_at < held.at";

pub(crate) const END_SESSION: &str = "DELETE FROM sessions WHERE id = $1";

/// Leaves to another sweep what that one holds.
pub(crate) const SWEEP_SESSIONS: &str = "
    DELETE FROM sessions WHERE id = ANY (ARRAY(
        SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
        FOR UPDATE SKIP LOCKED))";

/// A service needs nobody.
pub(crate) const INSERT_SERVICE_TOKEN: &str = "
    INSERT INTO tokens (id, service, token_epoch, hash, name, scope, created_at, expires_at,
                        last_used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Whoever makes a token for that user meanwhile waits, and so counts this one.
pub(crate) const HOLD_USER: &str = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";

/// Those of a user who has so many (4) that open nothing any more, at that time (2) and in that epoch (3).
pub(crate) const REMOVE_DEAD_TOKENS_OF: &str = "
    DELETE FROM tokens WHERE id = ANY (ARRAY(
        SELECT id FROM tokens WHERE user_id = $1 AND (expires_at <= $2 OR token_epoch < $3)
            AND $4 <= (SELECT count(*) FROM (
                SELECT 1 FROM tokens t WHERE t.user_id = $1 LIMIT $4) AS theirs)
        FOR UPDATE SKIP LOCKED))";

/// If there are fewer than that (10). The user's row is held already.
pub(crate) const INSERT_PERSONAL_TOKEN: &str = "
    INSERT INTO tokens (id, user_id, token_epoch, hash, name, scope, created_at, expires_at,
                        last_used_at)
    SELECT $1, u.id, $3, $4, $5, $6, $7, $8, $9 FROM users u
    WHERE u.id = $2 AND $10 > (SELECT count(*) FROM (
        SELECT 1 FROM tokens t WHERE t.user_id = $2 LIMIT $10) AS theirs)";

pub(crate) const FIND_TOKEN: &str = concat!(
    "SELECT ",
    token!(),
    ", ",
    user!(),
    " FROM tokens t LEFT JOIN users u ON u.id = t.user_id WHERE t.id = $1"
);

pub(crate) const LIST_TOKENS_OF_A_USER: &str = concat!(
    "SELECT ",
    token!(),
    " FROM tokens t WHERE t.user_id = $1 AND t.id > coalesce($2, ",
    before_all!(),
    ") ORDER BY t.id LIMIT $3"
);

pub(crate) const LIST_TOKENS_OF_SERVICES: &str = concat!(
    "SELECT ",
    token!(),
    " FROM tokens t WHERE t.user_id IS NULL AND t.id > coalesce($1, ",
    before_all!(),
    ") ORDER BY t.id LIMIT $2"
);

/// See [`TOUCH_SESSIONS`].
pub(crate) const TOUCH_TOKENS: &str = "
    WITH used AS (
        SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::bigint[]) AS used (id, at) GROUP BY id
    ), held AS (
        SELECT t.id, used.at FROM tokens t JOIN used ON used.id = t.id
        WHERE t.last_used_at IS NULL OR t.last_used_at < used.at
        ORDER BY t.id FOR NO KEY UPDATE OF t
    )
    UPDATE tokens SET last_used_at = held.at FROM held
    WHERE tokens.id = held.id
        AND (tokens.last_used_at IS NULL OR tokens.last_used_at < held.at)";

pub(crate) const REHASH_TOKEN: &str = "UPDATE tokens SET hash = $3 WHERE id = $1 AND hash = $2";

pub(crate) const RETIRE_TOKEN: &str =
    "DELETE FROM tokens WHERE id = $1 AND user_id IS NOT DISTINCT FROM $2";

pub(crate) const SWEEP_TOKENS: &str = "
    DELETE FROM tokens WHERE id = ANY (ARRAY(
        SELECT id FROM tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
        FOR UPDATE SKIP LOCKED))";

pub(crate) const INSERT_KEY: &str = "
    INSERT INTO keys (kid, algorithm, sealed, public, created_at, signs_from, signs_until,
                      verifies_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kid) DO NOTHING";

/// There are a few.
pub(crate) const LIST_KEYS: &str = concat!(
    "SELECT ",
    key!(),
    " FROM keys k ORDER BY k.created_at, k.kid"
);

pub(crate) const RETIRE_KEY: &str = concat!(
    "UPDATE keys k SET signs_until = least(signs_until, $2),
        verifies_until = least(verifies_until, $3)
    WHERE kid = $1
    RETURNING ",
    key!()
);

pub(crate) const SWEEP_KEYS: &str = "
    DELETE FROM keys WHERE kid = ANY (ARRAY(
        SELECT kid FROM keys WHERE verifies_until < $1 ORDER BY verifies_until LIMIT $2
        FOR UPDATE SKIP LOCKED))";

/// For an operator who asks; everything is counted.
pub(crate) const CENSUS: &str = "
    SELECT (SELECT count(*) FROM sessions),
        (SELECT count(*) FROM tokens WHERE user_id IS NOT NULL),
        (SELECT count(*) FROM tokens WHERE user_id IS NULL),
        (SELECT count(*) FROM keys),
        (SELECT count(*) FROM sessions WHERE expires_at < $1)
            + (SELECT count(*) FROM tokens WHERE expires_at < $1)
            + (SELECT count(*) FROM keys WHERE verifies_until < $1)";

/// What is stored between those two hashes, which are all of one key.
pub(crate) const CENSUS_OF_KEY: &str = "
    SELECT (SELECT count(*) FROM sessions
            WHERE secret_hash BETWEEN $1 AND $2 OR refresh_hash BETWEEN $1 AND $2),
        (SELECT count(*) FROM tokens WHERE user_id IS NOT NULL AND hash BETWEEN $1 AND $2),
        (SELECT count(*) FROM tokens WHERE user_id IS NULL AND hash BETWEEN $1 AND $2)";

pub(crate) const PUT_USER: &str = concat!(
    insert_user!(),
    " ON CONFLICT (id) DO UPDATE SET (email, email_as_given, password_hash, name, created_at,
        verified_at, disabled_at, epoch, token_epoch) = ($2, $3, $4, $5, $6, $7, $8, $9, $10)"
);

pub(crate) const PUT_SESSION: &str = "
    INSERT INTO sessions (id, user_id, epoch, secret_hash, secret_expires_at, refresh_hash,
                          generation, refreshed_at, salt, scope, created_at, last_seen_at,
                          proven_at, expires_at, idle_for, how, device, address,
                          refreshed_device, refreshed_address, retries)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21)
    ON CONFLICT (id) DO UPDATE
    SET (user_id, epoch, secret_hash, secret_expires_at, refresh_hash, generation, refreshed_at,
         salt, scope, created_at, last_seen_at, proven_at, expires_at, idle_for, how, device,
         address, refreshed_device, refreshed_address, retries)
      = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
         $21)";

pub(crate) const PUT_TOKEN: &str = "
    INSERT INTO tokens (id, user_id, service, token_epoch, hash, name, scope, created_at,
                        expires_at, last_used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (id) DO UPDATE
    SET (user_id, service, token_epoch, hash, name, scope, created_at, expires_at, last_used_at)
      = ($2, $3, $4, $5, $6, $7, $8, $9, $10)";

pub(crate) const PUT_KEY: &str = "
    INSERT INTO keys (kid, algorithm, sealed, public, created_at, signs_from, signs_until,
                      verifies_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (kid) DO UPDATE
    SET (algorithm, sealed, public, created_at, signs_from, signs_until, verifies_until)
      = ($2, $3, $4, $5, $6, $7, $8)";

pub(crate) const ALL_SESSIONS: &str = concat!(
    "SELECT ",
    session!(),
    " FROM sessions s WHERE s.id > coalesce($1, ",
    before_all!(),
    ") ORDER BY s.id LIMIT $2"
);

pub(crate) const ALL_TOKENS: &str = concat!(
    "SELECT ",
    token!(),
    " FROM tokens t WHERE t.id > coalesce($1, ",
    before_all!(),
    ") ORDER BY t.id LIMIT $2"
);

pub(crate) const ALL_KEYS: &str = concat!(
    "SELECT ",
    key!(),
    " FROM keys k WHERE k.kid > coalesce($1, '') ORDER BY k.kid LIMIT $2"
);

pub(crate) const COUNT_USERS: &str = "SELECT count(*) FROM users";

pub(crate) const COUNT_SESSIONS: &str = "SELECT count(*) FROM sessions";

pub(crate) const COUNT_TOKENS: &str = "SELECT count(*) FROM tokens";

pub(crate) const COUNT_KEYS: &str = "SELECT count(*) FROM keys";

pub(crate) const COPY_MARK: &str = "SELECT mark FROM copy_mark WHERE only_one = 1";

pub(crate) const SET_COPY_MARK: &str = "
    INSERT INTO copy_mark (only_one, mark) VALUES (1, $1)
    ON CONFLICT (only_one) DO UPDATE SET mark = $1";

pub(crate) const CLEAR_COPY_MARK: &str = "DELETE FROM copy_mark WHERE only_one = 1";

pub(crate) const READY: &str = "SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1) AS one";

#[cfg(test)]
pub(crate) const ALL: [&str; 57] = [
    INSERT_USER,
    IMPORT_USER,
    EMAIL_OF,
    UPDATE_IMPORTED_USER,
    FIND_USER,
    FIND_USER_BY_EMAIL,
    UPGRADE_PASSWORD_HASH,
    SET_PASSWORD,
    SET_EMAIL,
    SET_NAME,
    END_SESSIONS_OF,
    END_EVERYTHING,
    DISABLE_USER,
    ENABLE_USER,
    LIST_USERS,
    DELETE_USER,
    INSERT_SESSION,
    FIND_SESSION,
    LIST_SESSIONS,
    ROTATE_SESSION,
    COUNT_RETRY,
    PROVE_SESSION,
    TOUCH_SESSIONS,
    END_SESSION,
    SWEEP_SESSIONS,
    INSERT_SERVICE_TOKEN,
    HOLD_USER,
    REMOVE_DEAD_TOKENS_OF,
    INSERT_PERSONAL_TOKEN,
    FIND_TOKEN,
    LIST_TOKENS_OF_A_USER,
    LIST_TOKENS_OF_SERVICES,
    TOUCH_TOKENS,
    REHASH_TOKEN,
    RETIRE_TOKEN,
    SWEEP_TOKENS,
    INSERT_KEY,
    LIST_KEYS,
    RETIRE_KEY,
    SWEEP_KEYS,
    CENSUS,
    CENSUS_OF_KEY,
    READY,
    PUT_USER,
    PUT_SESSION,
    PUT_TOKEN,
    PUT_KEY,
    ALL_SESSIONS,
    ALL_TOKENS,
    ALL_KEYS,
    COUNT_USERS,
    COUNT_SESSIONS,
    COUNT_TOKENS,
    COUNT_KEYS,
    COPY_MARK,
    SET_COPY_MARK,
    CLEAR_COPY_MARK,
];
