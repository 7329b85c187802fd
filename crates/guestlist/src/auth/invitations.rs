//! Administrators invite visitors to sign up.

use std::time::Duration;

use crate::{
    Email, Ended, Guestlist, Invitation, InvitationId, LinkPurpose, LinkToken, Message,
    MessageData, MessageKind, MessageLink, Salt, StoreError, TokenName, UserId, token::ShownLink,
};

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// What the administrator notes.
    pub note: Option<TokenName>,
    /// The only address that may sign up with it; without one, every visitor with the link may.
    pub email: Option<Email>,
    /// How many users may sign up with it: 1 to 1,000.
    pub uses: u32,
    /// How long it is valid: a minute to a year.
    pub valid_for: Duration,
    /// Whether to mail the link to the address.
    pub send: bool,
}

impl NewInvitation {
    /// The usual time for which an invitation is valid: a week.
    pub const VALID: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    const USES: std::ops::RangeInclusive<u32> = 1..=1_000;
    const SECONDS: std::ops::RangeInclusive<u64> = 60..=366 * 24 * 60 * 60;

    /// Checks the number of uses of an invitation, which may be for one e-mail address only.
    ///
    /// # Errors
    ///
    /// [`MakeInvitationError::Uses`]
    pub fn check_uses(uses: u32, is_for_one_address: bool) -> Result<(), MakeInvitationError> {
        let is_valid = Self::USES.contains(&uses) && !(is_for_one_address && uses != 1);
        is_valid.then_some(()).ok_or(MakeInvitationError::Uses)
    }

    /// Checks for how long an invitation is valid.
    ///
    /// # Errors
    ///
    /// [`MakeInvitationError::Lifetime`]
    pub fn check_lifetime(valid_for: Duration) -> Result<(), MakeInvitationError> {
        let is_valid = Self::SECONDS.contains(&valid_for.as_secs());
        is_valid.then_some(()).ok_or(MakeInvitationError::Lifetime)
    }

    /// Checks whether it can be sent by mail.
    ///
    /// # Errors
    ///
    /// [`MakeInvitationError::NoAddress`]
    pub fn check_send(send: bool, is_for_one_address: bool) -> Result<(), MakeInvitationError> {
        let is_valid = !send || is_for_one_address;
        is_valid.then_some(()).ok_or(MakeInvitationError::NoAddress)
    }

    /// Whether that invitation was made by this request, and is as it was made.
    fn has_made(&self, made: &Invitation, created_by: Option<UserId>) -> bool {
        let spelling =
            |email: &Option<Email>| email.as_ref().map(|email| email.as_given().to_owned());
        made.created_by == created_by
            && made.note == self.note
            && spelling(&made.email) == spelling(&self.email)
            && made.uses_left == self.uses
            && made.created_at.plus(self.valid_for) == made.expires_at
    }
}

/// An invitation and its link, which only the answer to its maker contains.
#[derive(Debug)]
pub struct MadeInvitation {
    /// The record.
    pub invitation: Invitation,
    /// The token of the link. It is not stored.
    pub link: LinkToken,
}

impl Guestlist {
    /// Makes an invitation. `created_by` is the administrator, or `None` on the command line.
    ///
    /// # Errors
    ///
    /// If the number of uses or the time is out of range, an invitation for one address has several
    /// uses, or one without an address is to be sent.
    pub async fn make_invitation(
        &self,
        created_by: Option<UserId>,
        new: NewInvitation,
    ) -> Result<MadeInvitation, MakeInvitationError> {
        let id = InvitationId::new(self.now());
        self.make_invitation_once(id, created_by, new).await
    }

    /// Makes an invitation as [`make_invitation`](Self::make_invitation) does, for a request that
    /// may come twice. Its sender has chosen the id beforehand. The second request gets the same
    /// invitation and link.
    ///
    /// # Errors
    ///
    /// [`MakeInvitationError::MadeBefore`] if an invitation with that id is another one, or was used
    /// since.
    pub async fn make_invitation_once(
        &self,
        id: InvitationId,
        created_by: Option<UserId>,
        new: NewInvitation,
    ) -> Result<MadeInvitation, MakeInvitationError> {
        NewInvitation::check_uses(new.uses, new.email.is_some())?;
        NewInvitation::check_lifetime(new.valid_for)?;
        NewInvitation::check_send(new.send, new.email.is_some())?;
        if let Some(made) = self.store().find_invitation(id).await? {
            return self.made_before(made, created_by, &new).await;
        }
        if new.send && self.find_message(id.as_uuid().into()).await?.is_some() {
            // The id is that of another mail.
            return Err(MakeInvitationError::MadeBefore);
        }
        let now = self.now();
        let invitation = Invitation {
            id,
            created_by,
            note: new.note.clone(),
            email: new.email.clone(),
            uses_left: new.uses,
            salt: Salt::new(),
            created_at: now,
            expires_at: now.plus(new.valid_for),
            revoked_at: None,
        };
        if let Err(error) = self.store().insert_invitation(&invitation).await {
            // Of two requests at once, the id of the slower one is taken.
            return match self.store().find_invitation(id).await? {
                Some(made) if made.salt != invitation.salt => {
                    self.made_before(made, created_by, &new).await
                }
                _ => Err(error.into()),
            };
        }
        let (id, uses) = (invitation.id, invitation.uses_left);
        tracing::info!(invitation = %id, uses, "made an invitation");
        if new.send {
            self.send_invitation(&invitation).await?;
        }
        Ok(self.with_link(invitation))
    }

    async fn made_before(
        &self,
        made: Invitation,
        created_by: Option<UserId>,
        new: &NewInvitation,
    ) -> Result<MadeInvitation, MakeInvitationError> {
        if !new.has_made(&made, created_by) {
            return Err(MakeInvitationError::MadeBefore);
        }
        // The first request may have failed before it queued the mail.
        if new.send && self.find_message(made.id.as_uuid().into()).await?.is_none() {
            self.send_invitation(&made).await?;
        }
        Ok(self.with_link(made))
    }

    fn with_link(&self, invitation: Invitation) -> MadeInvitation {
        let (keys, id) = (self.link_keys(), invitation.id.as_uuid());
        let link = keys.token(id, LinkPurpose::Invitation, &invitation.salt);
        MadeInvitation { invitation, link }
    }

    /// Queues the mail. The message has the id and the salt of the invitation, so that its link is
    /// the invitation's. The mail is sent only while the invitation can be used.
    async fn send_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let Some(to) = invitation.email.clone() else {
            return Ok(());
        };
        let (kind, data, now) = (MessageKind::Invitation, MessageData::new(), self.now());
        let message = Message {
            id: invitation.id.as_uuid().into(),
            link: Some(MessageLink {
                purpose: LinkPurpose::Invitation,
                salt: invitation.salt,
                bound_to: None,
                expires_at: invitation.expires_at,
                ended: None,
            }),
            ..Message::new(kind, None, to, data, now)
        };
        self.store().insert_message(&message).await.map(drop)
    }

    /// Returns up to `limit` invitations, the newest first. The list begins after (that is, older
    /// than) the id `after`, or with the newest if it is `None`.
    pub async fn list_invitations(
        &self,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, StoreError> {
        self.store().list_invitations(None, after, limit).await
    }

    /// Lists the invitations that a user made, as [`list_invitations`](Self::list_invitations) does.
    pub async fn list_invitations_of(
        &self,
        user: UserId,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, StoreError> {
        self.store()
            .list_invitations(Some(user), after, limit)
            .await
    }

    /// Revokes an invitation. Returns whether it was not revoked before.
    pub async fn revoke_invitation(&self, id: InvitationId) -> Result<bool, StoreError> {
        let ended = self.store().revoke_invitation(id, self.now()).await?;
        // If it was sent: its message shows that the link ended.
        let (sent, purpose) = (id.as_uuid().into(), LinkPurpose::Invitation);
        self.store().consume_link(sent, purpose, self.now()).await?;
        tracing::info!(invitation = %id, "revoked an invitation");
        Ok(ended == Ended::Now)
    }

    /// Returns the invitation of that link, also if it cannot be used any more. `None` if this
    /// installation did not make the link.
    pub async fn find_invitation_by_link(
        &self,
        token: &str,
    ) -> Result<Option<Invitation>, StoreError> {
        let Some(shown) = ShownLink::parse(token) else {
            return Ok(None);
        };
        let found = self.store().find_invitation(shown.id.into()).await?;
        let made = |it: &Invitation| {
            let keys = self.link_keys();
            keys.made(&shown, LinkPurpose::Invitation, &it.salt)
        };
        Ok(found.filter(made))
    }
}

/// Why no invitation was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeInvitationError {
    /// The number of uses is out of range.
    #[error("an invitation has 1 to 1000 uses; an invitation for one e-mail address has one")]
    Uses,
    /// The time is out of range.
    #[error("an invitation is valid for a minute to a year")]
    Lifetime,
    /// An invitation that every visitor with the link may use has no address to be sent to.
    #[error("only an invitation for one e-mail address can be sent by mail")]
    NoAddress,
    /// There is another invitation with the id that was chosen for this one.
    #[error("this request made an invitation already; send another request")]
    MadeBefore,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
