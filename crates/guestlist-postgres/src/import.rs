//! Imports users of another system: several rows in one commit.

use deadpool_postgres::Transaction;
use guestlist::{ImportedUser, OnConflict, Pauses, StoreError, UserImport};
use tokio_postgres::{Error, Statement, error::SqlState};
use uuid::Uuid;

use crate::{
    Database,
    database::Params,
    failure::Failure,
    limits::{long_transaction, within_long_limit},
    running::give_up,
    statements::statements,
    users::columns::insert_user,
};

/// A sign-up with one of these addresses waits for the commit, so a commit has few rows.
const ROWS_A_COMMIT: usize = 250;
/// How often an import tries the same rows. If two imports wait for each other's locks, PostgreSQL
/// aborts one of them, and that import tries its rows again.
const TRIES: u32 = 5;

/// Whether the hash (2) differs from the stored one, or the row disables (5) an enabled user.
macro_rules! ends_sessions {
    () => {
        "(($2::text IS NOT NULL AND password_hash IS DISTINCT FROM $2)
          OR (coalesce($5, false) AND disabled_at IS NULL))"
    };
}

statements! {
    /// Nothing is inserted if either the address or the id is taken.
    IMPORT_USER = concat!(insert_user!(), " ON CONFLICT DO NOTHING");

    EMAIL_OF = "SELECT u.email FROM users u WHERE u.id = $1";

    /// Stores the row's values that differ from the stored ones: the password hash (2) and the name
    /// (3). It also stores whether the address is verified (4) and the user is disabled (5), both
    /// at that time (6).
    UPDATE_IMPORTED_USER = concat!(
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
}

/// Imports the rows in their order: see
/// [`UserStore::import_users`](guestlist::UserStore::import_users).
pub(crate) async fn users(
    database: &Database,
    users: &[ImportedUser],
    on_conflict: OnConflict,
) -> Result<Vec<UserImport>, StoreError> {
    let mut outcomes = Vec::with_capacity(users.len());
    for some in users.chunks(ROWS_A_COMMIT) {
        let (mut tries, mut pauses) = (1, Pauses::default());
        let done = loop {
            match commit(database, some, on_conflict).await {
                Err(Failure::After(error)) if is_deadlock(&error) && tries < TRIES => {
                    tries += 1;
                    pauses.wait().await;
                }
                done => break done.map_err(Failure::of_a_change)?,
            }
        };
        outcomes.extend(done);
        if outcomes.last() == Some(&UserImport::EmailTaken) {
            break;
        }
    }
    Ok(outcomes)
}

/// Imports all rows or none. Imports no row after the first address that stops the import.
async fn commit(
    database: &Database,
    users: &[ImportedUser],
    on_conflict: OnConflict,
) -> Result<Vec<UserImport>, Failure> {
    let mut client = database.connection().await?;
    let done = within_long_limit(rows(&mut client, users, on_conflict)).await;
    match done {
        Some(done) => done.map_err(Failure::After),
        None => {
            give_up(client);
            Err(Failure::Silence)
        }
    }
}

async fn rows(
    client: &mut deadpool_postgres::Object,
    users: &[ImportedUser],
    on_conflict: OnConflict,
) -> Result<Vec<UserImport>, Error> {
    let transaction = long_transaction(client).await?;
    let import = Import {
        insert: transaction.prepare_cached(IMPORT_USER).await?,
        email_of: transaction.prepare_cached(EMAIL_OF).await?,
        update: transaction.prepare_cached(UPDATE_IMPORTED_USER).await?,
        on_conflict,
    };
    let mut outcomes = Vec::with_capacity(users.len());
    for user in users {
        let outcome = import.user(&transaction, user).await?;
        outcomes.push(outcome);
        if outcome == UserImport::EmailTaken {
            break;
        }
    }
    transaction.commit().await?;
    Ok(outcomes)
}

struct Import {
    insert: Statement,
    email_of: Statement,
    update: Statement,
    on_conflict: OnConflict,
}

impl Import {
    async fn user(
        &self,
        transaction: &Transaction<'_>,
        user: &ImportedUser,
    ) -> Result<UserImport, Error> {
        let id = user.id.as_uuid();
        let email = user.email.key();
        let hash = user.password_hash.as_ref().map(|hash| hash.as_stored());
        let name = user.name.as_ref().map(|name| name.as_str());
        let at = user.at.as_millis();
        let since = |said| (said == Some(true)).then_some(at);
        let approved_at = user.approved.then_some(user.created_at.as_millis());
        let params: Params<'_> = &[
            &id,
            &email,
            &user.email.as_given(),
            &hash,
            &name,
            &user.created_at.as_millis(),
            &since(user.verified),
            &since(user.disabled),
            &0_i64,
            &0_i64,
            &user.role.as_str(),
            &approved_at,
        ];
        if transaction.execute(&self.insert, params).await? > 0 {
            return Ok(UserImport::Inserted);
        }
        let holder = transaction.query_opt(&self.email_of, &[&id]).await?;
        if let Some(holder) = holder
            && holder.try_get::<_, &str>(0)? != email
        {
            return Ok(UserImport::IdTaken);
        }
        match self.on_conflict {
            OnConflict::Skip => return Ok(UserImport::Skipped),
            OnConflict::Fail => return Ok(UserImport::EmailTaken),
            OnConflict::Update => {}
        }
        let says: Params<'_> = &[&email, &hash, &name, &user.verified, &user.disabled, &at];
        let Some(updated) = transaction.query_opt(&self.update, says).await? else {
            return Ok(UserImport::Unchanged);
        };
        Ok(UserImport::Updated(updated.try_get::<_, Uuid>(0)?.into()))
    }
}

fn is_deadlock(error: &Error) -> bool {
    error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED)
}
