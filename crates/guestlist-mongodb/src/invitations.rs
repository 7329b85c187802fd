//! Invitations: documents, filters and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Email, Ended, Invitation, InvitationId, InvitationStore, Redemption, Salt,
    StoreError, Timestamp, TokenName, UserId,
};
use mongodb::bson::{Binary, doc};
use serde::{Deserialize, Serialize};

use crate::{
    Insertion, MongodbStore, Records, failure,
    filter::{id, page_of_owned},
    store::{archive_page, ended},
    values::{array, binary, parsed},
};

/// An invitation: `db.invitations.find({})`. Its link is not stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct InvitationDocument {
    #[serde(rename = "_id")]
    id: String,
    /// The administrator who made it. The name of the field is that of sessions and tokens, because
    /// the document goes with the user as they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_as_given: Option<String>,
    uses_left: i64,
    salt: Binary,
    created_at: i64,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
}

impl From<&Invitation> for InvitationDocument {
    fn from(invitation: &Invitation) -> Self {
        let email = invitation.email.as_ref();
        Self {
            id: invitation.id.to_string(),
            user: invitation.created_by.map(|id| id.to_string()),
            note: invitation
                .note
                .as_ref()
                .map(|note| note.as_str().to_owned()),
            email: email.map(|email| email.key().to_owned()),
            email_as_given: email.map(|email| email.as_given().to_owned()),
            uses_left: i64::from(invitation.uses_left),
            salt: binary(*invitation.salt.as_stored()),
            created_at: invitation.created_at.as_millis(),
            expires_at: invitation.expires_at.as_millis(),
            revoked_at: invitation.revoked_at.map(Timestamp::as_millis),
        }
    }
}

impl TryFrom<InvitationDocument> for Invitation {
    type Error = StoreError;

    fn try_from(stored: InvitationDocument) -> Result<Self, StoreError> {
        let created_by = stored.user.as_deref().map(parsed).transpose()?;
        let email = stored.email.zip(stored.email_as_given);
        Ok(Self {
            id: parsed(&stored.id)?,
            created_by,
            note: stored.note.map(TokenName::from_stored),
            email: email.map(|(key, as_given)| Email::from_stored(key, as_given)),
            uses_left: stored.uses_left.try_into().map_err(StoreError::failed)?,
            salt: Salt::from_stored(array(&stored.salt)?),
            created_at: Timestamp::from_millis(stored.created_at),
            expires_at: Timestamp::from_millis(stored.expires_at),
            revoked_at: stored.revoked_at.map(Timestamp::from_millis),
        })
    }
}

impl MongodbStore {
    /// Returns the operations on the documents of invitations.
    pub(crate) fn invitations(&self) -> Records<InvitationDocument> {
        self.database.records("invitations")
    }
}

#[async_trait]
impl InvitationStore for MongodbStore {
    async fn insert_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let rivals = id(&invitation.id);
        let invitations = self.invitations();
        if invitations.insert(invitation.into(), rivals).await? == Insertion::Taken {
            return Err(StoreError::failed("another invitation has that id"));
        }
        // Looked for afterwards: an administrator who is deleted meanwhile leaves no way in.
        if let Some(user) = invitation.created_by
            && !self.has_user(user).await.map_err(failure::halfway)?
        {
            let removed = invitations.delete(id(&invitation.id)).await;
            removed.map_err(failure::halfway)?;
            return Err(StoreError::failed("the administrator does not exist"));
        }
        Ok(())
    }

    async fn find_invitation(
        &self,
        invitation: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        let found = self.invitations().find(id(&invitation)).await?;
        found.map(Invitation::try_from).transpose()
    }

    async fn list_invitations(
        &self,
        created_by: Option<UserId>,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, StoreError> {
        let mut filter = doc! {};
        if let Some(user) = created_by {
            filter.insert("user", user.to_string());
        }
        if let Some(after) = after {
            filter.insert("_id", doc! { "$lt": after.to_string() });
        }
        let invitations = self.invitations();
        let found = invitations.list(filter, doc! { "_id": -1 }, limit).await?;
        found.into_iter().map(Invitation::try_from).collect()
    }

    async fn redeem_invitation(
        &self,
        invitation: InvitationId,
        now: Timestamp,
    ) -> Result<Redemption, StoreError> {
        let filter = doc! {
            "_id": invitation.to_string(),
            "uses_left": { "$gt": 0_i64 },
            "expires_at": { "$gt": now.as_millis() },
            "revoked_at": null,
        };
        let change = doc! { "$inc": { "uses_left": -1_i64 } };
        Ok(match self.invitations().update(filter, change).await? {
            true => Redemption::Done,
            false => Redemption::Over,
        })
    }

    async fn give_back_invitation(&self, invitation: InvitationId) -> Result<(), StoreError> {
        let change = doc! { "$inc": { "uses_left": 1_i64 } };
        let invitations = self.invitations();
        invitations.update(id(&invitation), change).await.map(drop)
    }

    async fn revoke_invitation(
        &self,
        invitation: InvitationId,
        now: Timestamp,
    ) -> Result<Ended, StoreError> {
        let filter = doc! { "_id": invitation.to_string(), "revoked_at": null };
        let change = doc! { "$set": { "revoked_at": now.as_millis() } };
        self.invitations().update(filter, change).await.map(ended)
    }

    async fn purge_invitations(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let expired = doc! { "expires_at": { "$lt": before.as_millis() } };
        let order = doc! { "_id": 1 };
        let invitations = self.invitations();
        invitations.delete_some(expired, order, limit.into()).await
    }
}

#[async_trait]
impl ArchiveOf<Invitation> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.invitations().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Invitation>, StoreError> {
        let found = archive_page(&self.invitations(), page_of_owned(after, limit), limit).await?;
        found.into_iter().map(Invitation::try_from).collect()
    }

    async fn put_all(&self, invitations: &[Invitation]) -> Result<(), StoreError> {
        let documents: Vec<_> = invitations.iter().map(InvitationDocument::from).collect();
        self.invitations().put_all(&documents).await
    }
}
