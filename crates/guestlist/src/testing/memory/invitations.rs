//! Invitations in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, ended, page, size};
use crate::{
    ArchiveOf, Ended, Invitation, InvitationId, InvitationStore, Redemption, StoreError, Timestamp,
    UserId,
};

#[async_trait]
impl InvitationStore for MemoryStore {
    async fn insert_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let mut records = self.records();
        records
            .invitations
            .insert(invitation.id, invitation.clone());
        Ok(())
    }

    async fn find_invitation(&self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        Ok(self.records().invitations.get(&id).cloned())
    }

    async fn list_invitations(
        &self,
        created_by: Option<UserId>,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, StoreError> {
        let records = self.records();
        let newest_first = records.invitations.values().rev();
        let listed = newest_first
            .filter(|it| created_by.is_none_or(|user| it.created_by == Some(user)))
            .filter(|it| after.is_none_or(|after| it.id < after));
        Ok(listed.take(size(limit)).cloned().collect())
    }

    async fn redeem_invitation(
        &self,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Redemption, StoreError> {
        let mut records = self.records();
        let invitation = records.invitations.get_mut(&id);
        Ok(match invitation.filter(|it| it.is_over(now).is_none()) {
            Some(invitation) => {
                invitation.uses_left -= 1;
                Redemption::Done
            }
            None => Redemption::Over,
        })
    }

    async fn give_back_invitation(&self, id: InvitationId) -> Result<(), StoreError> {
        if let Some(invitation) = self.records().invitations.get_mut(&id) {
            invitation.uses_left += 1;
        }
        Ok(())
    }

    async fn revoke_invitation(
        &self,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Ended, StoreError> {
        let mut records = self.records();
        let invitation = records.invitations.get_mut(&id);
        let invitation = invitation.filter(|it| it.revoked_at.is_none());
        Ok(ended(
            invitation
                .map(|invitation| invitation.revoked_at = Some(now))
                .is_some(),
        ))
    }

    async fn purge_invitations(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut left = size(limit);
        self.records().invitations.retain(|_, invitation| {
            let goes = left > 0 && invitation.expires_at < before;
            left -= usize::from(goes);
            !goes
        });
        Ok(count(size(limit) - left))
    }
}

#[async_trait]
impl ArchiveOf<Invitation> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().invitations.len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Invitation>, StoreError> {
        Ok(page(self.records().invitations.values(), after, limit))
    }

    async fn put_all(&self, put: &[Invitation]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.id, record.clone()));
        self.records().invitations.extend(put);
        Ok(())
    }
}
