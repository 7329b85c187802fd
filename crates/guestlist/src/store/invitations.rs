//! Invitations in a store.

use super::{Ended, StoreError, archive::Archived};
use crate::{Invitation, InvitationId, Timestamp, UserId};

crate::operations! {
    /// The operations on invitations.
    pub trait InvitationStore {
        /// Stores a new invitation.
        async fn insert_invitation(&self, invitation: &Invitation) -> Result<(), StoreError>;

        /// Returns the invitation with that id, also if it cannot be used any more.
        async fn find_invitation(
            &self,
            id: InvitationId,
        ) -> Result<Option<Invitation>, StoreError>;

        /// Returns up to `limit` invitations, newest first by their ids: of all users, or only those
        /// that the user `created_by` made. The list begins after (that is, older than) the id
        /// `after`, or with the newest if it is `None`.
        async fn list_invitations(
            &self,
            created_by: Option<UserId>,
            after: Option<InvitationId>,
            limit: u32,
        ) -> Result<Vec<Invitation>, StoreError>;

        /// Uses the invitation once, if it has uses left, has not expired and is not revoked.
        async fn redeem_invitation(
            &self,
            id: InvitationId,
            now: Timestamp,
        ) -> Result<Redemption, StoreError>;

        /// Gives back one use, for a sign-up that was refused after it.
        async fn give_back_invitation(&self, id: InvitationId) -> Result<(), StoreError>;

        /// Revokes the invitation, unless it is revoked already.
        async fn revoke_invitation(
            &self,
            id: InvitationId,
            now: Timestamp,
        ) -> Result<Ended, StoreError>;

        /// Removes up to `limit` invitations that expired before that moment, whether or not they
        /// were used or revoked. Returns how many were removed.
        #[takes(long)]
        async fn purge_invitations(
            &self,
            before: Timestamp,
            limit: u32,
        ) -> Result<u64, StoreError>;
    }
}

/// The outcome of [`InvitationStore::redeem_invitation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// One use is taken.
    Done,
    /// The invitation is over or does not exist; nothing was changed.
    Over,
}

impl Archived for Invitation {
    const PLURAL: &'static str = "invitations";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}
