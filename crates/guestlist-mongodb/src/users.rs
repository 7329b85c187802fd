//! Users: filters and operations; `document` reads and writes the documents.

pub(crate) mod document;

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, HashExchange, ImportedUser,
    NameChange, OnConflict, PasswordHash, StoreError, Timestamp, User, UserId, UserImport,
    UserInsertion, UserName, UserStore,
};
use mongodb::bson::{Document, doc};

use self::document::{UserDocument, id_or_email};
use crate::{
    Insertion, MongodbStore, Records, failure,
    filter::{after_id, id, page},
    import,
    records::UniqueUpdate,
    store::{archive_page, ended},
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
    ) -> Result<EmailChange, StoreError> {
        for _ in 0..TRIES {
            let found = self.users().find(id(&user)).await?;
            let Some(seen) = found.filter(|user| user.epoch == expected.0) else {
                return Ok(EmailChange::Stale);
            };
            let mut change =
                doc! { "$set": { "email": new.key(), "email_as_given": new.as_given() } };
            if seen.email != new.key() {
                change.insert("$unset", doc! { "verified_at": "" });
            }
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

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let filter = after_id(doc! {}, after);
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

    /// Without the user's document, no session and token of the user opens anything. Their deletion
    /// is tidying up; what remains after an error goes when it expires.
    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let ended = ended(self.users().delete(id(&user)).await?);
        let theirs = doc! { "user": user.to_string() };
        let sessions = self.sessions().delete_all(theirs.clone()).await;
        let tokens = self.tokens().delete_all(theirs.clone()).await;
        let messages = self.messages().delete_all(theirs).await;
        let errors = [sessions.err(), tokens.err(), messages.err()];
        for error in errors.into_iter().flatten() {
            tracing::warn!(%error, "records of a deleted user remain; they are inactive and expire");
        }
        Ok(ended)
    }
}

#[async_trait]
impl ArchiveOf<User> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.users().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
        let found = archive_page(&self.users(), page(after, limit), limit).await?;
        found.into_iter().map(User::try_from).collect()
    }

    async fn put_all(&self, users: &[User]) -> Result<(), StoreError> {
        let documents: Vec<_> = users.iter().map(UserDocument::from).collect();
        self.users().put_all(&documents).await
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
