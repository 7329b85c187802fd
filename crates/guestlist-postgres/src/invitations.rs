//! Invitations: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Email, Ended, Invitation, InvitationId, InvitationStore, Redemption, Salt,
    StoreError, Timestamp, TokenName, UserId,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    statements::{before_all, statements},
    store::ended,
    values::{self, Column, Unreadable, bytes, instant, lent, number, optional_instant},
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
        "INSERT INTO invitations (id, created_by, note, email, email_as_given, uses_left, salt,
             created_at, expires_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    };
}

statements! {
    INSERT_INVITATION = insert_invitation!();

    FIND_INVITATION = concat!(
        "SELECT ",
        invitation_columns!(),
        " FROM invitations i WHERE i.id = $1"
    );

    /// Without (1), the list begins with the newest.
    LIST_INVITATIONS = concat!(
        "SELECT ",
        invitation_columns!(),
        " FROM invitations i WHERE i.id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
          ORDER BY i.id DESC LIMIT $2"
    );

    LIST_INVITATIONS_OF = concat!(
        "SELECT ",
        invitation_columns!(),
        " FROM invitations i
          WHERE i.created_by = $1 AND i.id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
          ORDER BY i.id DESC LIMIT $3"
    );

    PURGE_INVITATIONS = "
        DELETE FROM invitations WHERE id = ANY (ARRAY(
            SELECT id FROM invitations WHERE expires_at < $1 ORDER BY id LIMIT $2
            FOR UPDATE SKIP LOCKED))";

    ALL_INVITATIONS = concat!(
        "SELECT ",
        invitation_columns!(),
        " FROM invitations i WHERE i.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY i.id LIMIT $2"
    );

    REDEEM_INVITATION = "
        UPDATE invitations SET uses_left = uses_left - 1
        WHERE id = $1 AND uses_left > 0 AND expires_at > $2 AND revoked_at IS NULL";

    GIVE_BACK_INVITATION = "UPDATE invitations SET uses_left = uses_left + 1 WHERE id = $1";

    REVOKE_INVITATION = "
        UPDATE invitations SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";

    PUT_INVITATION = concat!(
        insert_invitation!(),
        " ON CONFLICT (id) DO UPDATE SET (created_by, note, email, email_as_given, uses_left, salt,
            created_at, expires_at, revoked_at) = ($2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );

    COUNT_INVITATIONS = "SELECT count(*) FROM invitations";
}

#[async_trait]
impl InvitationStore for PostgresStore {
    async fn insert_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let columns = invitation_params(invitation);
        let params = lent(&columns);
        let inserted = self.database.change(INSERT_INVITATION, &params);
        inserted.await.map(drop)
    }

    async fn find_invitation(&self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        self.find(FIND_INVITATION, params, invitation).await
    }

    async fn list_invitations(
        &self,
        created_by: Option<UserId>,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, StoreError> {
        let (after, limit) = (after.map(|id| id.as_uuid()), i64::from(limit));
        match created_by.map(|id| id.as_uuid()) {
            Some(user) => {
                let params: Params<'_> = &[&user, &after, &limit];
                self.list(LIST_INVITATIONS_OF, params, invitation).await
            }
            None => {
                let params: Params<'_> = &[&after, &limit];
                self.list(LIST_INVITATIONS, params, invitation).await
            }
        }
    }

    async fn redeem_invitation(
        &self,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Redemption, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &now.as_millis()];
        Ok(
            match self.database.change(REDEEM_INVITATION, params).await? {
                0 => Redemption::Over,
                _ => Redemption::Done,
            },
        )
    }

    async fn give_back_invitation(&self, id: InvitationId) -> Result<(), StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        let given_back = self.database.change(GIVE_BACK_INVITATION, params);
        given_back.await.map(drop)
    }

    async fn revoke_invitation(
        &self,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &now.as_millis()];
        let revoked = self.database.change(REVOKE_INVITATION, params);
        revoked.await.map(ended)
    }

    async fn purge_invitations(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&before.as_millis(), &i64::from(limit)];
        self.database.change(PURGE_INVITATIONS, params).await
    }
}

#[async_trait]
impl ArchiveOf<Invitation> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_INVITATIONS).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Invitation>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        let page = self.archive_page(ALL_INVITATIONS, params, invitation);
        page.await
    }

    async fn put_all(&self, invitations: &[Invitation]) -> Result<(), StoreError> {
        self.put(PUT_INVITATION, invitations, invitation_params)
            .await
    }
}

/// Reads `invitation_columns!`.
fn invitation(row: &Row) -> Result<Invitation, Unreadable> {
    let email: Option<String> = row.try_get(3)?;
    let as_given: Option<String> = row.try_get(4)?;
    let email = email.zip(as_given);
    Ok(Invitation {
        id: InvitationId::from(row.try_get::<_, Uuid>(0)?),
        created_by: row.try_get::<_, Option<Uuid>>(1)?.map(UserId::from),
        note: row
            .try_get::<_, Option<String>>(2)?
            .map(TokenName::from_stored),
        email: email.map(|(key, as_given)| Email::from_stored(key, as_given)),
        uses_left: number(row, 5)?,
        salt: Salt::from_stored(bytes(row.try_get(6)?, 6)?),
        created_at: instant(row, 7)?,
        expires_at: instant(row, 8)?,
        revoked_at: optional_instant(row, 9)?,
    })
}

/// The parameters of the statements that insert an invitation.
fn invitation_params(invitation: &Invitation) -> Vec<Column> {
    let email = invitation.email.as_ref();
    vec![
        Box::new(invitation.id.as_uuid()),
        Box::new(invitation.created_by.map(|id| id.as_uuid())),
        Box::new(
            invitation
                .note
                .as_ref()
                .map(|note| note.as_str().to_owned()),
        ),
        Box::new(email.map(|email| email.key().to_owned())),
        Box::new(email.map(|email| email.as_given().to_owned())),
        Box::new(i64::from(invitation.uses_left)),
        Box::new(invitation.salt.as_stored().to_vec()),
        Box::new(invitation.created_at.as_millis()),
        Box::new(invitation.expires_at.as_millis()),
        Box::new(invitation.revoked_at.map(Timestamp::as_millis)),
    ]
}
