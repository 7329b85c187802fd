//! Users: filters and operations; `document` reads and writes the documents.

mod archive;
pub(crate) mod document;

use async_trait::async_trait;
use guestlist::{
    Approval, Email, EmailChange, EmailRestoration, EmailVerification, Ended, Epoch, EpochRaise,
    Extent, FirstAdmin, HashExchange, ImportedUser, NameChange, OnConflict, PasswordHash, Role,
    RoleChange, StoreError, Timestamp, User, UserFilter, UserId, UserImport, UserInsertion,
    UserName, UserStore,
};
use mongodb::bson::{Document, doc};

use self::document::{UserDocument, active_admin, id_or_email, of_standing, role_word};
use crate::{
    Insertion, MongodbStore, Records, failure,
    filter::{after_id, id},
    import,
    records::UniqueUpdate,
    store::ended,
};

/// How often an operation is repeated while other callers delete users or change their addresses.
const TRIES: u32 = 5;

#[async_trait]
impl UserStore for MongodbStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        for _ in 0..TRIES {
            let rivals = id_or_email(&user.id, &user.email);
            if self.users().insert(user.into(), rivals).await? == Insertion::Done {
                return Ok(UserInsertion::Done);
            }
            if self.find_user_by_email(&user.email).await?.is_some() {
                return Ok(UserInsertion::Taken);
            }
            if self.has_user(user.id).await? {
                return Err(StoreError::failed("another user has that id"));
            }
            // The other user was deleted or changed the address in between.
        }
        Err(StoreError::failed(
            "a unique index that is not guestlist's keeps the user out",
        ))
    }

    async fn find_user(&self, user: UserId) -> Result<Option<User>, StoreError> {
        let found = self.users().find(id(&user)).await?;
        found.map(User::try_from).transpose()
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let found = self.users().find(doc! { "email": email.key() }).await?;
        found.map(User::try_from).transpose()
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let filter = doc! { "_id": user.to_string(), "password": expected.as_stored() };
        let change = doc! { "$set": { "password": new.as_stored() } };
        Ok(match self.users().update(filter, change).await? {
            true => HashExchange::Replaced,
            false => HashExchange::Stale,
        })
    }

    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError> {
        let change = doc! {
            "$set": { "password": new.as_stored() },
            "$inc": { "epoch": 1_i64, "token_epoch": 1_i64 },
        };
        self.raise(user, expected, change).await
    }

    /// Looks up first whether the new address is another spelling of the same one. Changes the
    /// address only if it is still what the look-up saw.
    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
        verified_at: Option<Timestamp>,
    ) -> Result<EmailChange, StoreError> {
        for _ in 0..TRIES {
            let found = self.users().find(id(&user)).await?;
            let Some(seen) = found.filter(|user| user.epoch == expected.0) else {
                return Ok(EmailChange::Stale);
            };
            let mut set = doc! { "email": new.key(), "email_as_given": new.as_given() };
            let mut change = doc! {};
            match verified_at {
                Some(at) => drop(set.insert("verified_at", at.as_millis())),
                None if seen.email != new.key() => {
                    change.insert("$unset", doc! { "verified_at": "" });
                }
                None => {}
            }
            change.insert("$set", set);
            let filter = doc! { "_id": user.to_string(), "epoch": expected.0, "email": seen.email };
            let rivals = doc! { "email": new.key(), "_id": { "$ne": user.to_string() } };
            match self.users().update_unique(filter, change, rivals).await? {
                UniqueUpdate::Done => return Ok(EmailChange::Changed),
                UniqueUpdate::Taken => return Ok(EmailChange::Taken),
                // The address or the epoch changed in between.
                UniqueUpdate::None => {}
            }
        }
        Ok(EmailChange::Stale)
    }

    async fn verify_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailVerification, StoreError> {
        let filter = doc! { "_id": user.to_string(), "email": email.key() };
        let change = doc! { "$set": { "verified_at": now.as_millis() } };
        Ok(match self.users().update(filter, change).await? {
            true => EmailVerification::Verified,
            false => EmailVerification::Stale,
        })
    }

    /// Looks up the epoch first, because an update that may break a unique index returns no
    /// document.
    async fn restore_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailRestoration, StoreError> {
        for _ in 0..TRIES {
            let Some(seen) = self.users().find(id(&user)).await? else {
                return Ok(EmailRestoration::Gone);
            };
            let change = doc! {
                "$set": {
                    "email": email.key(),
                    "email_as_given": email.as_given(),
                    "verified_at": now.as_millis(),
                },
                "$unset": { "password": "" },
                "$inc": { "epoch": 1_i64, "token_epoch": 1_i64 },
            };
            let filter = doc! { "_id": user.to_string(), "epoch": seen.epoch };
            let rivals = doc! { "email": email.key(), "_id": { "$ne": user.to_string() } };
            match self.users().update_unique(filter, change, rivals).await? {
                UniqueUpdate::Done => {
                    return Ok(EmailRestoration::Restored(Epoch(seen.epoch).next()));
                }
                UniqueUpdate::Taken => return Ok(EmailRestoration::Taken),
                // The epoch changed in between.
                UniqueUpdate::None => {}
            }
        }
        Err(StoreError::failed(
            "other operations kept changing the user",
        ))
    }

    async fn set_name(
        &self,
        user: UserId,
        expected: Epoch,
        new: Option<&UserName>,
    ) -> Result<NameChange, StoreError> {
        let change = match new {
            Some(name) => doc! { "$set": { "name": name.as_str() } },
            None => doc! { "$unset": { "name": "" } },
        };
        let filter = doc! { "_id": user.to_string(), "epoch": expected.0 };
        Ok(match self.users().update(filter, change).await? {
            true => NameChange::Changed,
            false => NameChange::Stale,
        })
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        let change = doc! {
            "$set": { "disabled_at": now.as_millis() },
            "$inc": { "epoch": 1_i64, "token_epoch": 1_i64 },
        };
        let before = self.change(user, change).await?;
        Ok(before.map(Epoch::next))
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        let change = doc! { "$unset": { "disabled_at": "" } };
        self.change(user, change).await
    }

    async fn set_role(&self, user: UserId, role: Role) -> Result<RoleChange, StoreError> {
        let change = match role_word(role) {
            Some(word) => doc! { "$set": { "role": word } },
            None => doc! { "$unset": { "role": "", "first_admin": "" } },
        };
        Ok(match self.users().update(id(&user), change).await? {
            true => RoleChange::Done,
            false => RoleChange::UserGone,
        })
    }

    /// No user becomes unapproved again, so the look-up may follow.
    async fn approve_user(&self, user: UserId, now: Timestamp) -> Result<Approval, StoreError> {
        let filter = doc! { "_id": user.to_string(), "unapproved": true };
        let change = doc! {
            "$set": { "approved_at": now.as_millis() },
            "$unset": { "unapproved": "" },
        };
        if self.users().update(filter, change).await? {
            return Ok(Approval::Now);
        }
        Ok(match self.has_user(user).await? {
            true => Approval::Before,
            false => Approval::UserGone,
        })
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        let found = self.users().count_up_to(active_admin(), 1).await?;
        Ok(found > 0)
    }

    /// A unique index lets one user have the field `first_admin`, so of several calls at the same
    /// time one succeeds. A user who was demoted or disabled meanwhile loses the field first.
    async fn make_first_admin(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<FirstAdmin, StoreError> {
        for _ in 0..TRIES {
            if self.has_admin().await? {
                return Ok(FirstAdmin::Exists);
            }
            let Some(found) = self.find_user(user).await? else {
                return Ok(FirstAdmin::UserGone);
            };
            let approved_at = found.approved_at.unwrap_or(now).as_millis();
            let filter = doc! { "_id": user.to_string(), "disabled_at": null };
            let change = doc! {
                "$set": { "role": "admin", "first_admin": 1, "approved_at": approved_at },
                "$unset": { "unapproved": "" },
            };
            let rivals = doc! { "first_admin": 1, "_id": { "$ne": user.to_string() } };
            match self.users().update_unique(filter, change, rivals).await? {
                UniqueUpdate::Done => return Ok(FirstAdmin::Done),
                UniqueUpdate::None => return Ok(FirstAdmin::UserGone),
                UniqueUpdate::Taken => {
                    let former = doc! {
                        "first_admin": 1,
                        "$or": [{ "role": null }, { "disabled_at": { "$ne": null } }],
                    };
                    let change = doc! { "$unset": { "first_admin": "" } };
                    self.users().update(former, change).await?;
                }
            }
        }
        Ok(FirstAdmin::Exists)
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let filter = after_id(doc! {}, after);
        let users = self.users().list(filter, doc! { "_id": 1 }, limit).await?;
        users.into_iter().map(User::try_from).collect()
    }

    async fn find_users(
        &self,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let mut all = vec![after_id(doc! {}, after)];
        if let Some(search) = &filter.search {
            let found = |field: &str| doc! { field: { "$regex": search.as_regex() } };
            let any = ["email", "email_as_given", "name"].map(found);
            all.push(doc! { "$or": any.to_vec() });
        }
        all.extend(filter.standing.map(of_standing));
        let filter = doc! { "$and": all };
        let users = self.users().list(filter, doc! { "_id": 1 }, limit).await?;
        users.into_iter().map(User::try_from).collect()
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        import::users(&self.users(), users, on_conflict).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
        extent: Extent,
    ) -> Result<EpochRaise, StoreError> {
        let mut raised = doc! { "epoch": 1_i64 };
        if extent == Extent::SessionsAndTokens {
            raised.insert("token_epoch", 1_i64);
        }
        self.raise(user, expected, doc! { "$inc": raised }).await
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let page = self.list_users(after, limit).await?;
        let mut ended = Vec::with_capacity(page.len());
        for user in page {
            let raised = doc! { "$inc": { "epoch": 1_i64, "token_epoch": 1_i64 } };
            self.users()
                .update(id(&user.id), raised)
                .await
                .map_err(failure::halfway)?;
            ended.push(user.id);
        }
        Ok(ended)
    }

    /// Without the user's document, no record of the user opens anything. If their deletion fails or
    /// is interrupted, a later purge finishes it.
    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        self.begin_deletion(user).await?;
        let ended = ended(self.users().delete(id(&user)).await?);
        if let Err(error) = self.finish_deletion(user).await {
            tracing::warn!(%error, "records of a deleted user remain for a while; they open nothing");
        }
        Ok(ended)
    }
}

impl MongodbStore {
    /// Returns the operations on the documents of users.
    pub(crate) fn users(&self) -> Records<UserDocument> {
        self.database.records("users")
    }

    pub(crate) async fn has_user(&self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.users().find(id(&user)).await?.is_some())
    }

    /// Changes a user if the session epoch is the expected one. Returns the epoch after the change.
    async fn raise(
        &self,
        user: UserId,
        expected: Epoch,
        change: Document,
    ) -> Result<EpochRaise, StoreError> {
        let filter = doc! { "_id": user.to_string(), "epoch": expected.0 };
        Ok(match self.users().update(filter, change).await? {
            true => EpochRaise::Raised(expected.next()),
            false => EpochRaise::Stale,
        })
    }

    /// Changes a user. Returns the session epoch before the change, if the user exists.
    async fn change(&self, user: UserId, change: Document) -> Result<Option<Epoch>, StoreError> {
        let changed = self.users().find_and_update(id(&user), change).await?;
        Ok(changed.map(|user| Epoch(user.epoch)))
    }
}
