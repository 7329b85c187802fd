//! Every statement, once.

macro_rules! user {
    () => {
        "u.id, u.email, u.email_as_given, u.password_hash, u.created_at, u.disabled_at, u.epoch"
    };
}

pub(crate) const INSERT_USER: &str = "
    INSERT INTO users (id, email, email_as_given, password_hash, created_at, disabled_at, epoch)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (email) DO NOTHING";

pub(crate) const FIND_USER: &str = concat!("SELECT ", user!(), " FROM users u WHERE u.id = ?1");

pub(crate) const FIND_USER_BY_EMAIL: &str =
    concat!("SELECT ", user!(), " FROM users u WHERE u.email = ?1");

pub(crate) const UPGRADE_PASSWORD_HASH: &str = "
    UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";

pub(crate) const DISABLE_USER: &str = "
    UPDATE users SET disabled_at = ?2, epoch = epoch + 1 WHERE id = ?1 RETURNING epoch";

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
pub(crate) const ALL: [&str; 11] = [
    INSERT_USER,
    FIND_USER,
    FIND_USER_BY_EMAIL,
    UPGRADE_PASSWORD_HASH,
    DISABLE_USER,
    DELETE_USER,
    INSERT_SESSION,
    FIND_SESSION,
    END_SESSION,
    SWEEP_SESSIONS,
    READY,
];
