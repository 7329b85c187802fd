//! Deletions of users that are not finished. A user and the user's records are several documents,
//! so a crash in between would leave records of no user. A mark names the user until all is deleted,
//! and the regular purge finishes what is marked.

use std::time::Duration;

use guestlist::{StoreError, Timestamp, UserId};
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use crate::{MongodbStore, Records, filter::id, values::parsed};

/// How long a deletion may take. An older one was interrupted.
const RUNS: Duration = Duration::from_secs(10 * 60);

/// The mark of a deletion: `db.deletions.find({})`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct DeletionDocument {
    /// The user's id.
    #[serde(rename = "_id")]
    id: String,
    /// The time of the first purge that saw the mark. A deletion does not know the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_at: Option<i64>,
}

impl MongodbStore {
    /// Marks a user before the user is deleted.
    pub(crate) async fn begin_deletion(&self, user: UserId) -> Result<(), StoreError> {
        let mark = DeletionDocument {
            id: user.to_string(),
            seen_at: None,
        };
        self.deletions().put_all(&[mark]).await
    }

    /// Deletes the records of a user who does not exist any more, and then the mark. What remains
    /// after an error opens nothing, and is deleted by a later purge. Returns how many there were.
    pub(crate) async fn finish_deletion(&self, user: UserId) -> Result<u64, StoreError> {
        let theirs = || doc! { "user": user.to_string() };
        let deleted = [
            self.sessions().delete_all(theirs()).await,
            self.tokens().delete_all(theirs()).await,
            self.invitations().delete_all(theirs()).await,
            self.messages().delete_all(theirs()).await,
            self.factors().delete_all(theirs()).await,
            self.recovery_codes().delete_all(theirs()).await,
            self.security_events().delete_all(theirs()).await,
        ];
        let mut all = 0;
        for one in deleted {
            all += one?;
        }
        self.deletions().delete(id(&user)).await?;
        Ok(all)
    }

    /// Finishes up to `limit` deletions that were interrupted. Returns how many records there were.
    pub(crate) async fn finish_deletions(
        &self,
        now: Timestamp,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let deletions = self.deletions();
        let unseen = doc! { "seen_at": null };
        let seen = doc! { "$set": { "seen_at": now.as_millis() } };
        deletions.update_all(unseen, seen).await?;
        let interrupted = doc! { "seen_at": { "$lte": now.minus(RUNS).as_millis() } };
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let order = doc! { "_id": 1 };
        let mut all = 0;
        for mark in deletions.list(interrupted, order, limit).await? {
            let user: UserId = parsed(&mark.id)?;
            match self.has_user(user).await? {
                // The deletion ended before the user was deleted.
                true => drop(deletions.delete(id(&user)).await?),
                false => all += self.finish_deletion(user).await?,
            }
        }
        Ok(all)
    }

    fn deletions(&self) -> Records<DeletionDocument> {
        self.database.records("deletions")
    }
}
