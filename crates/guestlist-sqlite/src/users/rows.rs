//! Users: statements and rows.

use guestlist::{Email, Epoch, PasswordHash, User, UserId, UserName};
use rusqlite::{Params, Row};

use super::columns::{insert_user, set_user, user_columns};
use crate::{
    statements::statements,
    values::{Id, Instant, optional_instant, word},
};

/// Whether a user comes after the id (1) and matches the pattern (2). GLOB distinguishes upper and
/// lower case; the pattern has both.
macro_rules! matches_search {
    () => {
        "u.id > coalesce(?1, x'')
            AND (?2 IS NULL OR u.email GLOB ?2 OR u.email_as_given GLOB ?2 OR u.name GLOB ?2)"
    };
}

statements! {
    /// The statements on users.
    UserStatements {
        insert_user = concat!(insert_user!(), " ON CONFLICT (email) DO NOTHING");

        find_user = concat!("SELECT ", user_columns!(), " FROM {users} u WHERE u.id = ?1");

        find_user_by_email = concat!("SELECT ", user_columns!(), " FROM {users} u WHERE u.email = ?1");

        upgrade_password_hash = "
            UPDATE {users} SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";

        set_password = "
            UPDATE {users} SET password_hash = ?3, epoch = epoch + 1, token_epoch = token_epoch + 1
            WHERE id = ?1 AND epoch = ?2
            RETURNING epoch";

        /// Changes nothing if another user has the address.
        set_email = "
            UPDATE OR IGNORE {users} SET email = ?3, email_as_given = ?4,
                verified_at = coalesce(?5, CASE WHEN email = ?3 THEN verified_at END)
            WHERE id = ?1 AND epoch = ?2";

        verify_email = "UPDATE {users} SET verified_at = ?3 WHERE id = ?1 AND email = ?2";

        /// Changes nothing if another user has the address.
        restore_email = "
            UPDATE OR IGNORE {users} SET email = ?2, email_as_given = ?3, verified_at = ?4,
                password_hash = NULL, epoch = epoch + 1, token_epoch = token_epoch + 1
            WHERE id = ?1
            RETURNING epoch";

        set_name = "UPDATE {users} SET name = ?3 WHERE id = ?1 AND epoch = ?2";

        is_in_epoch = "SELECT count(*) FROM {users} u WHERE u.id = ?1 AND u.epoch = ?2";

        /// Ends personal access tokens as well if (3) is true.
        end_sessions_of = "
            UPDATE {users} SET epoch = epoch + 1, token_epoch = token_epoch + ?3
            WHERE id = ?1 AND epoch = ?2
            RETURNING epoch";

        /// Every id is greater than the empty BLOB.
        end_everything = "
            UPDATE {users} SET epoch = epoch + 1, token_epoch = token_epoch + 1 WHERE id IN
                (SELECT u.id FROM {users} u WHERE u.id > coalesce(?1, x'') ORDER BY u.id LIMIT ?2)
            RETURNING id";

        disable_user = "
            UPDATE {users} SET disabled_at = ?2, epoch = epoch + 1, token_epoch = token_epoch + 1
            WHERE id = ?1
            RETURNING epoch";

        enable_user = "
            UPDATE {users} SET disabled_at = NULL WHERE id = ?1 RETURNING epoch";

        set_role = "UPDATE {users} SET role = ?2 WHERE id = ?1";

        approve_user = "
            UPDATE {users} SET approved_at = ?2 WHERE id = ?1 AND approved_at IS NULL";

        has_user = "SELECT count(*) FROM {users} u WHERE u.id = ?1";

        has_admin = "
            SELECT EXISTS (SELECT 1 FROM {users} u WHERE u.role = 'admin' AND u.disabled_at IS NULL)";

        make_first_admin = "
            UPDATE {users} SET role = 'admin', approved_at = coalesce(approved_at, ?2)
            WHERE id = ?1 AND disabled_at IS NULL";

        /// Every id is greater than the empty BLOB.
        list_users = concat!(
            "SELECT ",
            user_columns!(),
            " FROM {users} u WHERE u.id > coalesce(?1, x'') ORDER BY u.id LIMIT ?2"
        );

        /// Administrators have their own statement.
        find_users = concat!(
            "SELECT ",
            user_columns!(),
            " FROM {users} u WHERE ",
            matches_search!(),
            " AND CASE ?3
                    WHEN 'disabled' THEN u.disabled_at IS NOT NULL
                    WHEN 'unapproved' THEN u.approved_at IS NULL
                    WHEN 'unverified' THEN u.verified_at IS NULL
                    ELSE 1 END
            ORDER BY u.id LIMIT ?4"
        );

        /// The index of administrators serves it, so that it reads no other user.
        find_admins = concat!(
            "SELECT ",
            user_columns!(),
            " FROM {users} u WHERE u.role = 'admin' AND ",
            matches_search!(),
            " ORDER BY u.id LIMIT ?3"
        );

        delete_user = "DELETE FROM {users} WHERE id = ?1";

        /// For a file that no store has open.
        end_all_at_once = "UPDATE {users} SET epoch = epoch + 1, token_epoch = token_epoch + 1";

        /// Not `INSERT OR REPLACE`: replacing a row deletes the rows that refer to it.
        put_user = concat!(
            insert_user!(),
            " ON CONFLICT (id) DO UPDATE SET ",
            set_user!()
        );

        count_users = "SELECT count(*) FROM {users}";
    }
}

/// Reads `user_columns!` from column `first` on.
pub(crate) fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId::from(row.get::<_, Id>(first)?.0),
        email: Email::from_stored(row.get(first + 1)?, row.get(first + 2)?),
        password_hash: row
            .get::<_, Option<String>>(first + 3)?
            .map(PasswordHash::from_stored),
        name: row
            .get::<_, Option<String>>(first + 4)?
            .map(UserName::from_stored),
        created_at: row.get::<_, Instant>(first + 5)?.0,
        verified_at: optional_instant(row, first + 6)?,
        disabled_at: optional_instant(row, first + 7)?,
        epoch: Epoch(row.get(first + 8)?),
        token_epoch: Epoch(row.get(first + 9)?),
        role: word(row, first + 10)?,
        approved_at: optional_instant(row, first + 11)?,
    })
}

/// The parameters of the statements that insert a user.
pub(super) fn user_params(user: &User) -> impl Params + Send + use<> {
    (
        Id(user.id.as_uuid()),
        user.email.key().to_owned(),
        user.email.as_given().to_owned(),
        user.password_hash
            .as_ref()
            .map(|hash| hash.as_stored().to_owned()),
        user.name.as_ref().map(|name| name.as_str().to_owned()),
        Instant(user.created_at),
        user.verified_at.map(Instant),
        user.disabled_at.map(Instant),
        user.epoch.0,
        user.token_epoch.0,
        user.role.as_str(),
        user.approved_at.map(Instant),
    )
}
