//! Users: statements and rows.

use guestlist::{Email, Epoch, PasswordHash, Timestamp, User, UserId, UserName};
use tokio_postgres::Row;
use uuid::Uuid;

use super::columns::{insert_user, set_user, user_columns};
use crate::{
    statements::{before_all, statements},
    values::{Column, Unreadable, instant, optional_instant, word},
};

/// Whether a user comes after the id (1) and matches the pattern (2). The pattern has both cases of
/// each letter, so the collation of the database does not matter. It begins with `***:`, so that it
/// cannot be taken for another kind of pattern.
macro_rules! matches_search {
    () => {
        concat!(
            "u.id > coalesce($1, ",
            before_all!(),
            ") AND ($2::text IS NULL OR u.email ~ ('***:' || $2)
                OR u.email_as_given ~ ('***:' || $2) OR u.name ~ ('***:' || $2))"
        )
    };
}

statements! {
    INSERT_USER = concat!(insert_user!(), " ON CONFLICT (email) DO NOTHING");

    FIND_USER = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1");

    FIND_USER_BY_EMAIL = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.email = $1");

    UPGRADE_PASSWORD_HASH = "
        UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

    SET_PASSWORD = "
        UPDATE users SET password_hash = $3, epoch = epoch + 1, token_epoch = token_epoch + 1
        WHERE id = $1 AND epoch = $2
        RETURNING epoch";

    /// The unique index refuses an address of another user.
    SET_EMAIL = "
        UPDATE users SET email = $3, email_as_given = $4,
            verified_at = coalesce($5, CASE WHEN email = $3 THEN verified_at END)
        WHERE id = $1 AND epoch = $2";

    VERIFY_EMAIL = "UPDATE users SET verified_at = $3 WHERE id = $1 AND email = $2";

    /// The unique index refuses an address of another user.
    RESTORE_EMAIL = "
        UPDATE users SET email = $2, email_as_given = $3, verified_at = $4,
            password_hash = NULL, epoch = epoch + 1, token_epoch = token_epoch + 1
        WHERE id = $1
        RETURNING epoch";

    SET_NAME = "UPDATE users SET name = $3 WHERE id = $1 AND epoch = $2";

    /// Ends personal access tokens as well if (3) is true.
    END_SESSIONS_OF = "
        UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + $3::boolean::integer
        WHERE id = $1 AND epoch = $2
        RETURNING epoch";

    /// Locks the rows in the order of their ids, so that two such statements never block each
    /// other.
    END_EVERYTHING = concat!(
        "UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + 1 WHERE id = ANY (ARRAY(
            SELECT u.id FROM users u WHERE u.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY u.id LIMIT $2 FOR NO KEY UPDATE))
        RETURNING id"
    );

    DISABLE_USER = "
        UPDATE users SET disabled_at = $2, epoch = epoch + 1, token_epoch = token_epoch + 1
        WHERE id = $1
        RETURNING epoch";

    ENABLE_USER = "
        UPDATE users SET disabled_at = NULL WHERE id = $1 RETURNING epoch";

    SET_ROLE = "UPDATE users SET role = $2 WHERE id = $1";

    APPROVE_USER = "UPDATE users SET approved_at = $2 WHERE id = $1 AND approved_at IS NULL";

    HAS_ADMIN = "
        SELECT 1 AS found FROM users u WHERE u.role = 'admin' AND u.disabled_at IS NULL LIMIT 1";

    /// Only one transaction at a time makes a first administrator. The next statement sees what
    /// the one before it committed.
    HOLD_FIRST_ADMIN = "
        SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('first administrator'))";

    MAKE_FIRST_ADMIN = "
        UPDATE users SET role = 'admin', approved_at = coalesce(approved_at, $2)
        WHERE id = $1 AND disabled_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM users u WHERE u.role = 'admin' AND u.disabled_at IS NULL)";

    LIST_USERS = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE u.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY u.id LIMIT $2"
    );

    /// Administrators have their own statement.
    FIND_USERS = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE ",
        matches_search!(),
        " AND CASE $3::text
                WHEN 'disabled' THEN u.disabled_at IS NOT NULL
                WHEN 'unapproved' THEN u.approved_at IS NULL
                WHEN 'unverified' THEN u.verified_at IS NULL
                ELSE true END
        ORDER BY u.id LIMIT $4"
    );

    /// The index of administrators serves it, so that it reads no other user. `OFFSET 0` keeps the
    /// planner from reading all users in the order of their ids instead.
    FIND_ADMINS = concat!(
        "SELECT ",
        user_columns!(),
        " FROM (SELECT * FROM users WHERE role = 'admin' OFFSET 0) u WHERE ",
        matches_search!(),
        " ORDER BY u.id LIMIT $3"
    );

    DELETE_USER = "DELETE FROM users WHERE id = $1";

    PUT_USER = concat!(
        insert_user!(),
        " ON CONFLICT (id) DO UPDATE SET ",
        set_user!()
    );

    COUNT_USERS = "SELECT count(*) FROM users";
}

pub(super) fn user(row: &Row) -> Result<User, Unreadable> {
    user_from(row, 0)
}

/// Reads `user_columns!` from column `first` on.
pub(crate) fn user_from(row: &Row, first: usize) -> Result<User, Unreadable> {
    Ok(User {
        id: UserId::from(row.try_get::<_, Uuid>(first)?),
        email: Email::from_stored(row.try_get(first + 1)?, row.try_get(first + 2)?),
        password_hash: row
            .try_get::<_, Option<String>>(first + 3)?
            .map(PasswordHash::from_stored),
        name: row
            .try_get::<_, Option<String>>(first + 4)?
            .map(UserName::from_stored),
        created_at: instant(row, first + 5)?,
        verified_at: optional_instant(row, first + 6)?,
        disabled_at: optional_instant(row, first + 7)?,
        epoch: Epoch(row.try_get(first + 8)?),
        token_epoch: Epoch(row.try_get(first + 9)?),
        role: word(row, first + 10)?,
        approved_at: optional_instant(row, first + 11)?,
    })
}

/// The parameters of the statements that insert a user.
pub(super) fn user_params(user: &User) -> Vec<Column> {
    vec![
        Box::new(user.id.as_uuid()),
        Box::new(user.email.key().to_owned()),
        Box::new(user.email.as_given().to_owned()),
        Box::new(
            user.password_hash
                .as_ref()
                .map(|hash| hash.as_stored().to_owned()),
        ),
        Box::new(user.name.as_ref().map(|name| name.as_str().to_owned())),
        Box::new(user.created_at.as_millis()),
        Box::new(user.verified_at.map(Timestamp::as_millis)),
        Box::new(user.disabled_at.map(Timestamp::as_millis)),
        Box::new(user.epoch.0),
        Box::new(user.token_epoch.0),
        Box::new(user.role.as_str()),
        Box::new(user.approved_at.map(Timestamp::as_millis)),
    ]
}
