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

macro_rules! insert_user {
    () => {
        "INSERT INTO users (id, email, email_as_given, password_hash, name, created_at, verified_at,
             disabled_at, epoch, token_epoch)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    };
}

macro_rules! insert_session {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO sessions (id, user_id, epoch, secret_hash, secret_expires_at, refresh_hash,
                 generation, refreshed_at, salt, scope, created_at, last_seen_at, proven_at,
                 expires_at, idle_for, how, device, address, refreshed_device, refreshed_address,
                 retries)
             SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                 ?19, ?20, ?21
             FROM users u WHERE u.id = ?2"
        )
    };
}

macro_rules! insert_token {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO tokens (id, user_id, service, token_epoch, hash, name, scope, created_at,
                 expires_at, last_used_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
             WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM users u WHERE u.id = ?2)"
        )
    };
}

macro_rules! insert_key {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO keys (kid, algorithm, sealed, public, created_at, signs_from, signs_until,
                 verifies_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        )
    };
}

macro_rules! key {
    () => {
        "SELECT kid, algorithm, sealed, public, created_at, signs_from, signs_until, verifies_until
         FROM keys"
    };
}

pub(crate) const INSERT_USER: &str = concat!(insert_user!(), " ON CONFLICT (email) DO NOTHING");

/// Nothing is inserted if either the address or the id is taken.
pub(crate) const IMPORT_USER: &str = concat!(insert_user!(), " ON CONFLICT DO NOTHING");

pub(crate) const EMAIL_OF: &str = "SELECT u.email FROM users u WHERE u.id = ?1";

/// The row's word, where it says something that is not so yet: hash (2), name (3), whether the
/// address is verified (4) and the user disabled (5), since when (6).
pub(crate) const UPDATE_IMPORTED_USER: &str = "
    UPDATE users SET
        password_hash = coalesce(?2, password_hash),
        name = coalesce(?3, name),
        verified_at = CASE WHEN ?4 IS NULL THEN verified_at
                           WHEN ?4 THEN coalesce(verified_at, ?6) END,
        disabled_at = CASE WHEN ?5 IS NULL THEN disabled_at
                           WHEN ?5 THEN coalesce(disabled_at, ?6) END,
        epoch = epoch + ((?2 IS NOT NULL AND password_hash IS NOT ?2)
                         OR (coalesce(?5, 0) AND disabled_at IS NULL)),
        token_epoch = token_epoch + ((?2 IS NOT NULL AND password_hash IS NOT ?2)
                                     OR (coalesce(?5, 0) AND disabled_at IS NULL))
    WHERE email = ?1 AND ((?2 IS NOT NULL AND password_hash IS NOT ?2)
                          OR (?3 IS NOT NULL AND name IS NOT ?3)
                          OR ?4 <> (verified_at IS NOT NULL)
                          OR ?5 <> (disabled_at IS NOT NULL))
    RETURNING id";

pub(crate) const FIND_USER: &str = concat!("SELECT ", user!(), " FROM users u WHERE u.id = ?1");

pub(crate) const FIND_USER_BY_EMAIL: &str =
    concat!("SELECT ", user!(), " FROM users u WHERE u.email = ?1");

pub(crate) const UPGRADE_PASSWORD_HASH: &str = "
    UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";

pub(crate) const SET_PASSWORD: &str = "
    UPDATE users SET password_hash = ?3, epoch = epoch + 1, token_epoch = token_epoch + 1
    WHERE id = ?1 AND epoch = ?2
    RETURNING epoch";

/// Nothing is changed where another user has the address.
pub(crate) const SET_EMAIL: &str = "
    UPDATE OR IGNORE users SET email = ?3, email_as_given = ?4,
        verified_at = CASE WHEN email = ?3 THEN verified_at END
    WHERE id = ?1 AND epoch = ?2";

pub(crate) const SET_NAME: &str = "UPDATE users SET name = ?3 WHERE id = ?1 AND epoch = ?2";

pub(crate) const IS_IN_EPOCH: &str =
    "SELECT count(*) FROM users u WHERE u.id = ?1 AND u.epoch = ?2";

/// And personal tokens (3).
pub(crate) const END_SESSIONS_OF: &str = "
    UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + ?3
    WHERE id = ?1 AND epoch = ?2
    RETURNING epoch";

/// No id is less than the empty one.
pub(crate) const END_EVERYTHING: &str = "
    UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + 1 WHERE id IN
        (SELECT u.id FROM users u WHERE u.id > coalesce(?1, x'') ORDER BY u.id LIMIT ?2)
    RETURNING id";

pub(crate) const DISABLE_USER: &str = "
    UPDATE users SET disabled_at = ?2, epoch = epoch + 1, token_epoch = token_epoch + 1
    WHERE id = ?1
    RETURNING epoch";

pub(crate) const ENABLE_USER: &str = "
    UPDATE users SET disabled_at = NULL WHERE id = ?1 RETURNING epoch";

/// No id is less than the empty one.
pub(crate) const LIST_USERS: &str = concat!(
    "SELECT ",
    user!(),
    " FROM users u WHERE u.id > coalesce(?1, x'') ORDER BY u.id LIMIT ?2"
);

pub(crate) const DELETE_USER: &str = "DELETE FROM users WHERE id = ?1";

/// In a file that nobody has open.
pub(crate) const END_ALL_AT_ONCE: &str =
    "UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + 1";

pub(crate) const REMOVE_SERVICE_TOKENS: &str = "DELETE FROM tokens WHERE user_id IS NULL";

pub(crate) const INSERT_SESSION: &str = insert_session!("INSERT");

/// No more are counted than that.
pub(crate) const COUNT_SESSIONS_OF: &str = "
    SELECT count(*) FROM (SELECT 1 FROM sessions WHERE user_id = ?1 LIMIT ?2)";

/// So many (6) of the first few (5) other sessions of a user, in the order in which sessions of one who has too many end;
/// epoch (3) and time (4) are those of the new session (2).
pub(crate) const END_SESSIONS_OVER_QUOTA: &str = "
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM (
            SELECT id, epoch, expires_at, idle_for, last_seen_at FROM sessions
            WHERE user_id = ?1 AND id <> ?2 ORDER BY id LIMIT ?5)
        ORDER BY epoch >= ?3 AND expires_at > ?4 AND idle_for > ?4 - last_seen_at, last_seen_at, id
        LIMIT ?6)
    RETURNING id";

pub(crate) const FIND_SESSION: &str = concat!(
    "SELECT ",
    session!(),
    ", ",
    user!(),
    " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?1"
);

pub(crate) const LIST_SESSIONS: &str = concat!(
    "SELECT ",
    session!(),
    " FROM sessions s WHERE s.user_id = ?1 AND s.id > coalesce(?2, x'') ORDER BY s.id LIMIT ?3"
);

pub(crate) const ROTATE_SESSION: &str = "
    UPDATE sessions SET generation = generation + 1, refresh_hash = ?3, secret_hash = ?4,
        secret_expires_at = ?5, refreshed_at = ?6, last_seen_at = max(last_seen_at, ?6),
        refreshed_device = ?7, refreshed_address = ?8, retries = 0
    WHERE id = ?1 AND generation = ?2";

pub(crate) const COUNT_RETRY: &str = "
    UPDATE sessions SET retries = retries + 1 WHERE id = ?1 AND generation = ?2 RETURNING retries";

/// With a new token (5) only from the expected one (4).
pub(crate) const PROVE_SESSION: &str = "
    UPDATE sessions SET proven_at = ?3, secret_hash = coalesce(?5, secret_hash)
    WHERE id = ?1 AND epoch = ?2 AND (?4 IS NULL OR secret_hash = ?4)";

pub(crate) const TOUCH_SESSION: &str = "
    UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2";

pub(crate) const END_SESSION: &str = "DELETE FROM sessions WHERE id = ?1";

pub(crate) const SWEEP_SESSIONS: &str = "
    DELETE FROM sessions WHERE id IN
        (SELECT id FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

/// A service needs nobody.
pub(crate) const INSERT_TOKEN: &str = insert_token!("INSERT");

/// No more are counted than that.
pub(crate) const COUNT_TOKENS_OF: &str = "
    SELECT count(*) FROM (SELECT 1 FROM tokens WHERE user_id = ?1 LIMIT ?2)";

/// Those of a user that open nothing any more, at that time (2) and in that epoch (3).
pub(crate) const REMOVE_DEAD_TOKENS_OF: &str = "
    DELETE FROM tokens WHERE user_id = ?1 AND (expires_at <= ?2 OR token_epoch < ?3)";

pub(crate) const FIND_TOKEN: &str = concat!(
    "SELECT ",
    token!(),
    ", ",
    user!(),
    " FROM tokens t LEFT JOIN users u ON u.id = t.user_id WHERE t.id = ?1"
);

/// Without a user, those of services.
pub(crate) const LIST_TOKENS: &str = concat!(
    "SELECT ",
    token!(),
    " FROM tokens t WHERE t.user_id IS ?1 AND t.id > coalesce(?2, x'') ORDER BY t.id LIMIT ?3"
);

pub(crate) const TOUCH_TOKEN: &str = "
    UPDATE tokens SET last_used_at = ?2
    WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

pub(crate) const REHASH_TOKEN: &str = "UPDATE tokens SET hash = ?3 WHERE id = ?1 AND hash = ?2";

pub(crate) const RETIRE_TOKEN: &str = "DELETE FROM tokens WHERE id = ?1 AND user_id IS ?2";

pub(crate) const SWEEP_TOKENS: &str = "
    DELETE FROM tokens WHERE id IN
        (SELECT id FROM tokens WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

pub(crate) const INSERT_KEY: &str = concat!(insert_key!("INSERT"), " ON CONFLICT (kid) DO NOTHING");

/// There are a few.
pub(crate) const LIST_KEYS: &str = concat!(key!(), " ORDER BY created_at, kid");

pub(crate) const RETIRE_KEY: &str = "
    UPDATE keys SET signs_until = min(signs_until, ?2), verifies_until = min(verifies_until, ?3)
    WHERE kid = ?1
    RETURNING kid, algorithm, sealed, public, created_at, signs_from, signs_until, verifies_until";

pub(crate) const SWEEP_KEYS: &str = "
    DELETE FROM keys WHERE kid IN
        (SELECT kid FROM keys WHERE verifies_until < ?1 ORDER BY verifies_until LIMIT ?2)";

/// For an operator who asks; everything is counted.
pub(crate) const CENSUS: &str = "
    SELECT (SELECT count(*) FROM sessions),
        (SELECT count(*) FROM tokens WHERE user_id IS NOT NULL),
        (SELECT count(*) FROM tokens WHERE user_id IS NULL),
        (SELECT count(*) FROM keys),
        (SELECT count(*) FROM sessions WHERE expires_at < ?1)
            + (SELECT count(*) FROM tokens WHERE expires_at < ?1)
            + (SELECT count(*) FROM keys WHERE verifies_until < ?1)";

/// What is stored between those two hashes, which are all of one key.
pub(crate) const CENSUS_OF_KEY: &str = "
    SELECT (SELECT count(*) FROM sessions
            WHERE secret_hash BETWEEN ?1 AND ?2 OR refresh_hash BETWEEN ?1 AND ?2),
        (SELECT count(*) FROM tokens WHERE user_id IS NOT NULL AND hash BETWEEN ?1 AND ?2),
        (SELECT count(*) FROM tokens WHERE user_id IS NULL AND hash BETWEEN ?1 AND ?2)";

/// A replaced row would take all along that refers to it.
pub(crate) const PUT_USER: &str = concat!(
    insert_user!(),
    " ON CONFLICT (id) DO UPDATE SET email = ?2, email_as_given = ?3, password_hash = ?4, name = ?5,
        created_at = ?6, verified_at = ?7, disabled_at = ?8, epoch = ?9, token_epoch = ?10"
);

/// Nothing refers to sessions, tokens and keys.
pub(crate) const PUT_SESSION: &str = insert_session!("INSERT OR REPLACE");

pub(crate) const PUT_TOKEN: &str = insert_token!("INSERT OR REPLACE");

pub(crate) const PUT_KEY: &str = insert_key!("INSERT OR REPLACE");

pub(crate) const ALL_SESSIONS: &str = concat!(
    "SELECT ",
    session!(),
    " FROM sessions s WHERE s.id > coalesce(?1, x'') ORDER BY s.id LIMIT ?2"
);

pub(crate) const ALL_TOKENS: &str = concat!(
    "SELECT ",
    token!(),
    " FROM tokens t WHERE t.id > coalesce(?1, x'') ORDER BY t.id LIMIT ?2"
);

pub(crate) const ALL_KEYS: &str = concat!(
    key!(),
    " WHERE kid > coalesce(?1, '') ORDER BY kid LIMIT ?2"
);

pub(crate) const COUNT_USERS: &str = "SELECT count(*) FROM users";

pub(crate) const COUNT_SESSIONS: &str = "SELECT count(*) FROM sessions";

pub(crate) const COUNT_TOKENS: &str = "SELECT count(*) FROM tokens";

pub(crate) const COUNT_KEYS: &str = "SELECT count(*) FROM keys";

pub(crate) const COPY_MARK: &str = "SELECT mark FROM copy_mark";

pub(crate) const SET_COPY_MARK: &str =
    "INSERT OR REPLACE INTO copy_mark (only_one, mark) VALUES (1, ?1)";

pub(crate) const CLEAR_COPY_MARK: &str = "DELETE FROM copy_mark";

pub(crate) const READY: &str = "SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1)";

/// Not those of SQLite itself.
pub(crate) const TABLES: &str = "
    SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
    ORDER BY name";

/// How many rows that table has, which may be an application's own.
pub(crate) fn count(table: &str) -> String {
    format!("SELECT count(*) FROM {}", quoted(table))
}

/// The last migration in that history.
pub(crate) fn newest_migration(history: &str) -> String {
    format!("SELECT coalesce(max(version), 0) FROM {}", quoted(history))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
pub(crate) const ALL: [&str; 59] = [
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
    IS_IN_EPOCH,
    DISABLE_USER,
    ENABLE_USER,
    LIST_USERS,
    END_SESSIONS_OF,
    END_EVERYTHING,
    DELETE_USER,
    INSERT_SESSION,
    COUNT_SESSIONS_OF,
    END_SESSIONS_OVER_QUOTA,
    FIND_SESSION,
    LIST_SESSIONS,
    ROTATE_SESSION,
    COUNT_RETRY,
    PROVE_SESSION,
    TOUCH_SESSION,
    END_SESSION,
    SWEEP_SESSIONS,
    INSERT_TOKEN,
    COUNT_TOKENS_OF,
    REMOVE_DEAD_TOKENS_OF,
    FIND_TOKEN,
    LIST_TOKENS,
    TOUCH_TOKEN,
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
    TABLES,
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
