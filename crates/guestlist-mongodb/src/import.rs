//! Imports users of another system: many new ones in one operation.

use std::{
    collections::{HashMap, HashSet},
    iter, mem,
};

use guestlist::{ImportedUser, OnConflict, Pauses, StoreError, Timestamp, UserImport};
use mongodb::bson::{Document, doc};

use crate::{
    Insertion, Records,
    users::document::{UserDocument, id_or_email},
    values::parsed,
};

/// How often a row is tried while other processes change the same user.
const TRIES: u32 = 20;
/// How many rows are looked up at once.
const SLICE: usize = 1_000;

/// Imports the rows in their order: see
/// [`UserStore::import_users`](guestlist::UserStore::import_users).
pub(crate) async fn users(
    users: &Records<UserDocument>,
    rows: &[ImportedUser],
    on_conflict: OnConflict,
) -> Result<Vec<UserImport>, StoreError> {
    let import = Import { users, on_conflict };
    let mut outcomes = Vec::with_capacity(rows.len());
    for slice in rows.chunks(SLICE) {
        import.slice(slice, &mut outcomes).await?;
        if outcomes.last() == Some(&UserImport::EmailTaken) {
            break;
        }
    }
    Ok(outcomes)
}

struct Import<'a> {
    users: &'a Records<UserDocument>,
    on_conflict: OnConflict,
}

/// What the database had for one row before the slice was imported.
enum Sight {
    /// No user has the row's address or id.
    New,
    /// A user has the row's address or id.
    Met(Box<Met>),
    /// An earlier row of the slice has the same address or id, so the row is looked up again.
    Repeated,
}

/// The stored users with the address or the id of a row.
struct Met {
    /// The user with the address.
    user: Option<UserDocument>,
    /// The address of the user with the id.
    holder: Option<String>,
}

impl Import<'_> {
    /// Inserts new rows together. Imports a row that meets a stored user alone, after all rows
    /// before it.
    async fn slice(
        &self,
        rows: &[ImportedUser],
        outcomes: &mut Vec<UserImport>,
    ) -> Result<(), StoreError> {
        let mut sights = self.look(rows).await?;
        let mut at = 0;
        while at < rows.len() {
            let rest = sights[at..].iter();
            let new = rest.take_while(|sight| matches!(sight, Sight::New)).count();
            let documents: Vec<_> = rows[at..at + new].iter().map(document).collect();
            let inserted = self.users.insert_all(documents).await?;
            outcomes.extend(iter::repeat_n(UserImport::Inserted, inserted));
            at += inserted;
            let Some(row) = rows.get(at) else { break };
            let met = match mem::replace(&mut sights[at], Sight::Repeated) {
                Sight::Met(met) => Some(*met),
                // Another process inserted the user in between.
                Sight::New | Sight::Repeated => None,
            };
            let outcome = self.meet(row, met).await?;
            outcomes.push(outcome);
            at += 1;
            if outcome == UserImport::EmailTaken {
                break;
            }
        }
        Ok(())
    }

    /// Looks up the stored users before the slice is imported.
    async fn look(&self, rows: &[ImportedUser]) -> Result<Vec<Sight>, StoreError> {
        let emails: Vec<_> = rows.iter().map(|row| row.email.key()).collect();
        let ids: Vec<_> = rows.iter().map(|row| row.id.to_string()).collect();
        let (mut by_email, mut holders) = (HashMap::new(), HashMap::new());
        let any_order = || doc! { "_id": 1 };
        let with_email = doc! { "email": { "$in": emails } };
        for user in self.users.list(with_email, any_order(), u32::MAX).await? {
            by_email.insert(user.email.clone(), user);
        }
        let with_id = doc! { "_id": { "$in": ids } };
        for user in self.users.list(with_id, any_order(), u32::MAX).await? {
            holders.insert(user.id, user.email);
        }
        let mut seen = HashSet::new();
        let look = |row: &ImportedUser| {
            let (email, id) = (row.email.key().to_owned(), row.id.to_string());
            let met = Met {
                user: by_email.remove(&email),
                holder: holders.get(&id).cloned(),
            };
            // Both are noted, even if the first was noted already.
            let is_first = seen.insert(email) & seen.insert(id);
            match met {
                _ if !is_first => Sight::Repeated,
                Met {
                    user: None,
                    holder: None,
                } => Sight::New,
                met => Sight::Met(Box::new(met)),
            }
        };
        Ok(rows.iter().map(look).collect())
    }

    /// Imports one row alone, and repeats it while other processes change the same user.
    async fn meet(&self, row: &ImportedUser, met: Option<Met>) -> Result<UserImport, StoreError> {
        let (mut met, mut pauses) = (met, Pauses::default());
        for _ in 0..TRIES {
            let Met { user, holder } = match met.take() {
                Some(met) => met,
                None => self.ask(row).await?,
            };
            if holder.is_some_and(|holder| holder != row.email.key()) {
                return Ok(UserImport::IdTaken);
            }
            let Some(user) = user else {
                let rivals = id_or_email(&row.id, &row.email);
                match self.users.insert(document(row), rivals).await? {
                    Insertion::Done => return Ok(UserImport::Inserted),
                    Insertion::Taken => {
                        pauses.wait().await;
                        continue;
                    }
                }
            };
            match self.on_conflict {
                OnConflict::Skip => return Ok(UserImport::Skipped),
                OnConflict::Fail => return Ok(UserImport::EmailTaken),
                OnConflict::Update => {}
            }
            let Some(change) = change(&user, row) else {
                return Ok(UserImport::Unchanged);
            };
            let id = parsed(&user.id)?;
            if self.users.update(exactly(user), change).await? {
                return Ok(UserImport::Updated(id));
            }
            pauses.wait().await;
        }
        Err(StoreError::failed(
            "others change the same user all the time",
        ))
    }

    async fn ask(&self, row: &ImportedUser) -> Result<Met, StoreError> {
        let holder = self.users.find(doc! { "_id": row.id.to_string() }).await?;
        Ok(Met {
            user: self.users.find(doc! { "email": row.email.key() }).await?,
            holder: holder.map(|user| user.email),
        })
    }
}

fn document(row: &ImportedUser) -> UserDocument {
    UserDocument::from(&row.clone().into_user())
}

/// Matches the user only while all fields that a row may change are as they were read.
fn exactly(user: UserDocument) -> Document {
    doc! {
        "_id": user.id,
        "password": user.password,
        "name": user.name,
        "verified_at": user.verified_at,
        "disabled_at": user.disabled_at,
        "epoch": user.epoch,
        "token_epoch": user.token_epoch,
    }
}

/// Returns the change that stores the row's values that differ; `None` if all are equal.
fn change(user: &UserDocument, row: &ImportedUser) -> Option<Document> {
    let (mut set, mut unset) = (doc! {}, doc! {});
    let mut ends_sessions = false;
    let hash = row.password_hash.as_ref().map(|hash| hash.as_stored());
    if hash.is_some() && hash != user.password.as_deref() {
        set.insert("password", hash);
        ends_sessions = true;
    }
    let name = row.name.as_ref().map(|name| name.as_str());
    if name.is_some() && name != user.name.as_deref() {
        set.insert("name", name);
    }
    for (field, says, since) in [
        ("verified_at", row.verified, user.verified_at),
        ("disabled_at", row.disabled, user.disabled_at),
    ] {
        match (says, since) {
            (Some(true), None) => {
                set.insert(field, Timestamp::as_millis(row.at));
                ends_sessions |= field == "disabled_at";
            }
            (Some(false), Some(_)) => {
                unset.insert(field, "");
            }
            _ => {}
        }
    }
    let mut change = doc! {};
    if ends_sessions {
        change.insert("$inc", doc! { "epoch": 1_i64, "token_epoch": 1_i64 });
    }
    for (operator, fields) in [("$set", set), ("$unset", unset)] {
        if !fields.is_empty() {
            change.insert(operator, fields);
        }
    }
    (!change.is_empty()).then_some(change)
}
