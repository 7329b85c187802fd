//! Second factors: documents, filters and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Factor, FactorConfirmation, FactorId, FactorInsertion, FactorKind,
    FactorStore, StepUse, StoreError, Timestamp, UserId,
};
use mongodb::bson::{Binary, Bson, Document, doc};
use serde::{Deserialize, Serialize};

use crate::{
    Insertion, MongodbStore, Records, failure,
    filter::{id, page_of_owned},
    store::{archive_page, ended},
    values::{binary, parsed},
};

/// How often an insertion is tried while other requests insert a factor of the same user.
const TRIES: u32 = 5;

/// A second factor; its secret is sealed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct FactorDocument {
    #[serde(rename = "_id")]
    id: String,
    user: String,
    kind: String,
    sealed_secret: Binary,
    last_step: i64,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<i64>,
}

impl From<&Factor> for FactorDocument {
    fn from(factor: &Factor) -> Self {
        let millis = |at: Option<Timestamp>| at.map(|at| at.as_millis());
        Self {
            id: factor.id.to_string(),
            user: factor.user_id.to_string(),
            kind: factor.kind.as_str().to_owned(),
            sealed_secret: binary(factor.sealed_secret.clone()),
            last_step: factor.last_step,
            created_at: factor.created_at.as_millis(),
            confirmed_at: millis(factor.confirmed_at),
            last_used_at: millis(factor.last_used_at),
        }
    }
}

impl TryFrom<FactorDocument> for Factor {
    type Error = StoreError;

    fn try_from(stored: FactorDocument) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&stored.id)?,
            user_id: parsed(&stored.user)?,
            kind: parsed(&stored.kind)?,
            sealed_secret: stored.sealed_secret.bytes,
            last_step: stored.last_step,
            created_at: Timestamp::from_millis(stored.created_at),
            confirmed_at: stored.confirmed_at.map(Timestamp::from_millis),
            last_used_at: stored.last_used_at.map(Timestamp::from_millis),
        })
    }
}

impl MongodbStore {
    /// Returns the operations on the documents of second factors.
    pub(crate) fn factors(&self) -> Records<FactorDocument> {
        self.database.records("factors")
    }
}

fn of_user(user: UserId, kind: FactorKind) -> Document {
    doc! { "user": user.to_string(), "kind": kind.as_str() }
}

/// Narrows a filter to factors that are not confirmed.
fn unconfirmed(mut filter: Document) -> Document {
    filter.insert("confirmed_at", Bson::Null);
    filter
}

#[async_trait]
impl FactorStore for MongodbStore {
    /// Changes the unconfirmed factor if there is one. Otherwise inserts the factor, and looks for
    /// the user afterwards, as `insert_session` does.
    async fn insert_factor(&self, factor: &Factor) -> Result<FactorInsertion, StoreError> {
        let (factors, user) = (self.factors(), factor.user_id);
        let theirs = of_user(user, factor.kind);
        let fresh = doc! {
            "$set": {
                "sealed_secret": binary(factor.sealed_secret.clone()),
                "last_step": factor.last_step,
                "created_at": factor.created_at.as_millis(),
            },
            "$unset": { "last_used_at": "" },
        };
        let mut insertion = Insertion::Taken;
        for _ in 0..TRIES {
            let pending = unconfirmed(theirs.clone());
            if factors.update(pending, fresh.clone()).await? {
                insertion = Insertion::Done;
                break;
            }
            let rivals = doc! { "$or": [id(&factor.id), theirs.clone()] };
            insertion = factors.insert(factor.into(), rivals).await?;
            if insertion == Insertion::Done {
                break;
            }
            let stands = factors.find(theirs.clone()).await?;
            if stands.is_some_and(|stands| stands.confirmed_at.is_some()) {
                break;
            }
        }
        if self.has_user(user).await.map_err(failure::halfway)? {
            return Ok(match insertion {
                Insertion::Done => FactorInsertion::Done,
                Insertion::Taken => FactorInsertion::Taken,
            });
        }
        let removed = factors.delete_all(theirs).await;
        removed.map_err(failure::halfway)?;
        Ok(FactorInsertion::UserGone)
    }

    async fn find_factor(
        &self,
        user: UserId,
        kind: FactorKind,
    ) -> Result<Option<Factor>, StoreError> {
        let found = self.factors().find(of_user(user, kind)).await?;
        found.map(Factor::try_from).transpose()
    }

    async fn confirm_factor(
        &self,
        id: FactorId,
        expected_secret: &[u8],
        step: i64,
        now: Timestamp,
    ) -> Result<FactorConfirmation, StoreError> {
        let expected =
            doc! { "_id": id.to_string(), "sealed_secret": binary(expected_secret.to_vec()) };
        let now = now.as_millis();
        let change =
            doc! { "$set": { "last_step": step, "confirmed_at": now, "last_used_at": now } };
        let expected = unconfirmed(expected);
        Ok(match self.factors().update(expected, change).await? {
            true => FactorConfirmation::Confirmed,
            false => FactorConfirmation::Stale,
        })
    }

    async fn use_totp(
        &self,
        id: FactorId,
        step: i64,
        now: Timestamp,
        resealed: Option<&[u8]>,
    ) -> Result<StepUse, StoreError> {
        let later = doc! {
            "_id": id.to_string(),
            "confirmed_at": { "$ne": Bson::Null },
            "last_step": { "$lt": step },
        };
        let mut set = doc! { "last_step": step, "last_used_at": now.as_millis() };
        if let Some(resealed) = resealed {
            set.insert("sealed_secret", binary(resealed.to_vec()));
        }
        let change = doc! { "$set": set };
        Ok(match self.factors().update(later, change).await? {
            true => StepUse::Used,
            false => StepUse::Stale,
        })
    }

    async fn remove_factor(&self, user: UserId, kind: FactorKind) -> Result<Ended, StoreError> {
        let removed = self.factors().delete(of_user(user, kind)).await;
        removed.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Factor> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.factors().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Factor>, StoreError> {
        let found = archive_page(&self.factors(), page_of_owned(after, limit), limit).await?;
        found.into_iter().map(Factor::try_from).collect()
    }

    async fn put_all(&self, factors: &[Factor]) -> Result<(), StoreError> {
        let documents: Vec<_> = factors.iter().map(FactorDocument::from).collect();
        self.factors().put_all(&documents).await
    }
}
