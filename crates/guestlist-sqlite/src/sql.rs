//! Every statement, once.

macro_rules! user {
    () => {
        "u.id, u.email, u.email_as_given, u.password_hash, u.name, u.created_at, u.verified_at, \
         u.disabled_at, u.epoch"
    };
}

macro_rules! insert_user {
    () => {
        "INSERT INTO users (id, email, email_as_given, password_hash, name, created_at, verified_at,
             disabled_at, epoch)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
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
    UPDATE users SET password_hash = ?3, epoch = epoch + 1 WHERE id = ?1 AND epoch = ?2
    RETURNING epoch";

pub(crate) const DISABLE_USER: &str = "
    UPDATE users SET disabled_at = ?2, epoch = epoch + 1 WHERE id = ?1 RETURNING epoch";

pub(crate) const ENABLE_USER: &str = "
    UPDATE users SET disabled_at = NULL WHERE id = ?1 RETURNING epoch";

/// No id is less than the empty one.
pub(crate) const LIST_USERS: &str = concat!(
    "SELECT ",
    user!(),
    " FROM users u WHERE u.id > coalesce(?1, x'') ORDER BY u.id LIMIT ?2"
);

pub(crate) const DELETE_USER: &str = "DELETE FROM users WHERE id = ?1";

pub(crate) const INSERT_SESSION: &str = "
    INSERT INTO sessions (id, user_id, epoch, created_at, expires_at, device, address)
    SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7 FROM users u WHERE u.id = ?2";

pub(crate) const FIND_SESSION: &str = concat!(
    "SELECT s.id, s.epoch, s.created_at, s.expires_at, s.device, s.address, ",
    user!(),
    " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?1"
);

pub(crate) const END_SESSION: &str = "DELETE FROM sessions WHERE id = ?1";

pub(crate) const SWEEP_SESSIONS: &str = "
    DELETE FROM sessions WHERE id IN
        (SELECT id FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

pub(crate) const READY: &str = "SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1)";

#[cfg(test)]
pub(crate) const ALL: [&str; 17] = [
    INSERT_USER,
    IMPORT_USER,
    EMAIL_OF,
    UPDATE_IMPORTED_USER,
    FIND_USER,
    FIND_USER_BY_EMAIL,
    UPGRADE_PASSWORD_HASH,
    SET_PASSWORD,
    DISABLE_USER,
    ENABLE_USER,
    LIST_USERS,
    DELETE_USER,
    INSERT_SESSION,
    FIND_SESSION,
    END_SESSION,
    SWEEP_SESSIONS,
    READY,
];
