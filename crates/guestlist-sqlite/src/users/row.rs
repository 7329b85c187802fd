//! The row of a user.

use guestlist::{Email, Epoch, PasswordHash, User, UserId, UserName};
use rusqlite::{Params, Row};

use crate::values::{Id, Instant, optional_instant, word};

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
