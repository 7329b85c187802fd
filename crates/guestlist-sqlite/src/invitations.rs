//! Invitations: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Email, Ended, Invitation, InvitationId, InvitationStore, Redemption, Salt,
    StoreError, Timestamp, TokenName, UserId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{
    SqliteStore,
    statements::statements,
    store::ended,
    values::{self, Id, Instant, optional_instant},
};

/// The columns that [`invitation`] reads.
macro_rules! invitation_columns {
    () => {
        "i.id, i.created_by, i.note, i.email, i.email_as_given, i.uses_left, i.salt, i.created_at, \
         i.expires_at, i.revoked_at"
    };
}

macro_rules! insert_invitation {
    () => {
        "INSERT INTO {invitations} (id, created_by, note, email, email_as_given, uses_left, salt,
             created_at, expires_at, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    };
}

statements! {
    /// The statements on invitations.
    InvitationStatements {
        insert_invitation = insert_invitation!();

        find_invitation = concat!(
            "SELECT ",
            invitation_columns!(),
            " FROM {invitations} i WHERE i.id = ?1"
        );

        /// No UUID is after sixteen bytes of ones.
        list_invitations = concat!(
            "SELECT ",
            invitation_columns!(),
            " FROM {invitations} i WHERE i.id < coalesce(?1, x'ffffffffffffffffffffffffffffffff')
              ORDER BY i.id DESC LIMIT ?2"
        );

        list_invitations_of = concat!(
            "SELECT ",
            invitation_columns!(),
            " FROM {invitations} i
              WHERE i.created_by = ?1 AND i.id < coalesce(?2, x'ffffffffffffffffffffffffffffffff')
              ORDER BY i.id DESC LIMIT ?3"
        );

        purge_invitations = "
            DELETE FROM {invitations} WHERE id IN (
                SELECT i.id FROM {invitations} i WHERE i.expires_at < ?1 ORDER BY i.id LIMIT ?2)";

        /// Every id is greater than the empty BLOB.
        all_invitations = concat!(
            "SELECT ",
            invitation_columns!(),
            " FROM {invitations} i WHERE i.id > coalesce(?1, x'') ORDER BY i.id LIMIT ?2"
        );

        redeem_invitation = "
            UPDATE {invitations} SET uses_left = uses_left - 1
            WHERE id = ?1 AND uses_left > 0 AND expires_at > ?2 AND revoked_at IS NULL";

        give_back_invitation = "UPDATE {invitations} SET uses_left = uses_left + 1 WHERE id = ?1";

        revoke_invitation = "
            UPDATE {invitations} SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";

        put_invitation = concat!(
            insert_invitation!(),
            " ON CONFLICT (id) DO UPDATE SET created_by = ?2, note = ?3, email = ?4, email_as_given = ?5,
                uses_left = ?6, salt = ?7, created_at = ?8, expires_at = ?9, revoked_at = ?10"
        );

        count_invitations = "SELECT count(*) FROM {invitations}";
    }
}

#[async_trait]
impl InvitationStore for SqliteStore {
    async fn insert_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let params = invitation_params(invitation);
        let sql = self.invitation_sql().insert_invitation;
        self.change(sql, params).await.map(drop)
    }

    async fn find_invitation(&self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        let sql = self.invitation_sql().find_invitation;
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_row((Id(id.as_uuid()),), invitation);
            found.optional()
        };
        self.database.find(query).await
    }

    async fn list_invitations(
        &self,
        created_by: Option<UserId>,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, StoreError> {
        let (sql, after) = (self.invitation_sql(), after.map(|id| Id(id.as_uuid())));
        match created_by.map(|id| Id(id.as_uuid())) {
            Some(user) => {
                let params = (user, after, limit);
                let listed = self.list(sql.list_invitations_of, params, invitation);
                listed.await
            }
            None => {
                let params = (after, limit);
                self.list(sql.list_invitations, params, invitation).await
            }
        }
    }

    async fn redeem_invitation(
        &self,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Redemption, StoreError> {
        let params = (Id(id.as_uuid()), Instant(now));
        let sql = self.invitation_sql().redeem_invitation;
        Ok(match self.change(sql, params).await? {
            0 => Redemption::Over,
            _ => Redemption::Done,
        })
    }

    async fn give_back_invitation(&self, id: InvitationId) -> Result<(), StoreError> {
        let sql = self.invitation_sql().give_back_invitation;
        self.change(sql, (Id(id.as_uuid()),)).await.map(drop)
    }

    async fn revoke_invitation(
        &self,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Ended, StoreError> {
        let params = (Id(id.as_uuid()), Instant(now));
        let sql = self.invitation_sql().revoke_invitation;
        self.change(sql, params).await.map(ended)
    }

    async fn purge_invitations(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let params = (Instant(before), limit);
        let erased = self.erase(self.invitation_sql().purge_invitations, params);
        Ok(u64::try_from(erased.await?).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl ArchiveOf<Invitation> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.invitation_sql().count_invitations).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Invitation>, StoreError> {
        let after = values::id(after)?;
        let sql = self.invitation_sql().all_invitations;
        self.list(sql, (after, limit), invitation).await
    }

    async fn put_all(&self, invitations: &[Invitation]) -> Result<(), StoreError> {
        let sql = self.invitation_sql().put_invitation;
        let put = move |connection: &Connection, invitation: &_| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.execute(invitation_params(invitation))
        };
        self.put(invitations, put).await
    }
}

impl SqliteStore {
    fn invitation_sql(&self) -> &'static InvitationStatements {
        InvitationStatements::of(self.prefix)
    }
}

/// Reads `invitation_columns!`.
fn invitation(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    let email: Option<String> = row.get(3)?;
    let as_given: Option<String> = row.get(4)?;
    let email = email.zip(as_given);
    Ok(Invitation {
        id: InvitationId::from(row.get::<_, Id>(0)?.0),
        created_by: row.get::<_, Option<Id>>(1)?.map(|id| UserId::from(id.0)),
        note: row.get::<_, Option<String>>(2)?.map(TokenName::from_stored),
        email: email.map(|(key, as_given)| Email::from_stored(key, as_given)),
        uses_left: row.get(5)?,
        salt: Salt::from_stored(row.get(6)?),
        created_at: row.get::<_, Instant>(7)?.0,
        expires_at: row.get::<_, Instant>(8)?.0,
        revoked_at: optional_instant(row, 9)?,
    })
}

/// The parameters of the statements that insert an invitation.
fn invitation_params(invitation: &Invitation) -> impl Params + Send + use<> {
    let email = invitation.email.as_ref();
    (
        Id(invitation.id.as_uuid()),
        invitation.created_by.map(|id| Id(id.as_uuid())),
        invitation
            .note
            .as_ref()
            .map(|note| note.as_str().to_owned()),
        email.map(|email| email.key().to_owned()),
        email.map(|email| email.as_given().to_owned()),
        invitation.uses_left,
        invitation.salt.as_stored().to_vec(),
        Instant(invitation.created_at),
        Instant(invitation.expires_at),
        invitation.revoked_at.map(Instant),
    )
}
