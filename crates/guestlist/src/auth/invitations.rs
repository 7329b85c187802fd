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

    /// Returns the invitation of that link, also if it cannot be used any more. `None` if this installation did
    /// not make the link.
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
mod tests {
    use super::*;
    use crate::{
        Password, PasswordCost, SecretKey, SignUpError, SignUpPolicy, SignUpRefusal,
        testing::{MemoryStore, email},
    };

    fn guestlist(policy: SignUpPolicy) -> Guestlist {
        let secret = SecretKey::weak("a secret").expect("is a key");
        Guestlist::builder(MemoryStore::new(), secret)
            .password_cost(PasswordCost::for_tests())
            .sign_up_policy(policy)
            .build()
            .expect("builds")
    }

    async fn invite(guestlist: &Guestlist, address: Option<&str>, uses: u32) -> MadeInvitation {
        let new = NewInvitation {
            note: None,
            email: address.map(email),
            uses,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let made = guestlist.make_invitation(None, new).await;
        made.expect("makes")
    }

    async fn sign_up(
        guestlist: &Guestlist,
        address: &str,
        link: &LinkToken,
    ) -> Result<(), Option<SignUpRefusal>> {
        let password = Password::new("exemplary");
        let link = Some(link.expose());
        match guestlist
            .sign_up_with_link(email(address), None, password, link)
            .await
        {
            Ok(user) => {
                assert!(user.approved_at.is_some());
                Ok(())
            }
            Err(SignUpError::Refused(why)) => Err(Some(why)),
            Err(_) => Err(None),
        }
    }

    async fn uses_left(guestlist: &Guestlist, link: &LinkToken) -> u32 {
        let found = guestlist.find_invitation_by_link(link.expose()).await;
        found.expect("answers").expect("is there").uses_left
    }

    #[tokio::test]
    async fn an_invitation_admits_as_often_as_it_says_and_is_an_approval() {
        for policy in [SignUpPolicy::Invited, SignUpPolicy::Approval] {
            let guestlist = guestlist(policy);
            let made = invite(&guestlist, None, 2).await;
            for address in ["ada@example.com", "bob@example.com"] {
                assert_eq!(sign_up(&guestlist, address, &made.link).await, Ok(()));
            }
            let third = sign_up(&guestlist, "cy@example.com", &made.link).await;
            assert_eq!(third, Err(Some(SignUpRefusal::InvitationUsed)), "{policy}");
        }
    }

    /// GHSA-fmh4-wcc4-5jm3 (better-auth): another account accepted an invitation.
    #[tokio::test]
    async fn an_invitation_for_an_address_admits_that_address_in_any_case() {
        let guestlist = guestlist(SignUpPolicy::Invited);
        let made = invite(&guestlist, Some("Ada@Example.com"), 1).await;
        for address in ["eve@example.com", "ada+eve@example.com", "ada@example.org"] {
            let refused = sign_up(&guestlist, address, &made.link).await;
            let why = SignUpRefusal::InvitationForAnother;
            assert_eq!(refused, Err(Some(why)), "{address}");
        }
        assert_eq!(uses_left(&guestlist, &made.link).await, 1);
        assert_eq!(
            sign_up(&guestlist, "ADA@example.COM", &made.link).await,
            Ok(())
        );
    }

    #[tokio::test]
    async fn a_refused_sign_up_gives_its_use_back() {
        let guestlist = guestlist(SignUpPolicy::Invited);
        let made = invite(&guestlist, None, 2).await;
        assert_eq!(
            sign_up(&guestlist, "ada@example.com", &made.link).await,
            Ok(())
        );
        assert_eq!(
            sign_up(&guestlist, "ada@example.com", &made.link).await,
            Err(None)
        );
        let weak = guestlist.sign_up_with_link(
            email("bob@example.com"),
            None,
            Password::new("short"),
            Some(made.link.expose()),
        );
        assert!(matches!(weak.await, Err(SignUpError::Password(_))));
        assert_eq!(uses_left(&guestlist, &made.link).await, 1);
    }

    #[tokio::test]
    async fn racing_sign_ups_share_one_use() {
        let guestlist = guestlist(SignUpPolicy::Invited);
        let made = invite(&guestlist, None, 1).await;
        let (one, other) = tokio::join!(
            sign_up(&guestlist, "ada@example.com", &made.link),
            sign_up(&guestlist, "bob@example.com", &made.link),
        );
        assert!(one.is_ok() ^ other.is_ok());
        assert_eq!(uses_left(&guestlist, &made.link).await, 0);
    }

    #[tokio::test]
    async fn a_revoked_or_forged_link_is_refused() {
        let guestlist = guestlist(SignUpPolicy::Invited);
        let made = invite(&guestlist, None, 1).await;
        let id = made.invitation.id.as_uuid();
        let other_salt = Salt::from_stored([1; 16]);
        let keys = guestlist.link_keys();
        for forged in [
            keys.token(id, LinkPurpose::Invitation, &other_salt),
            keys.token(id, LinkPurpose::Setup, &made.invitation.salt),
        ] {
            let refused = sign_up(&guestlist, "eve@example.com", &forged).await;
            assert_eq!(refused, Err(Some(SignUpRefusal::InvitationUnknown)));
        }
        let revoked = guestlist.revoke_invitation(made.invitation.id).await;
        assert!(revoked.expect("revokes"));
        let refused = sign_up(&guestlist, "eve@example.com", &made.link).await;
        assert_eq!(refused, Err(Some(SignUpRefusal::InvitationRevoked)));
    }

    #[tokio::test]
    async fn an_invitation_that_is_not_needed_is_not_used() {
        let guestlist = guestlist(SignUpPolicy::Open);
        let made = invite(&guestlist, None, 1).await;
        assert_eq!(
            sign_up(&guestlist, "ada@example.com", &made.link).await,
            Ok(())
        );
        assert_eq!(uses_left(&guestlist, &made.link).await, 1);
    }

    #[tokio::test]
    async fn a_request_that_comes_twice_makes_one_invitation() {
        let guestlist = guestlist(SignUpPolicy::Invited);
        let id = InvitationId::new(guestlist.now());
        let new = |uses| NewInvitation {
            note: None,
            email: None,
            uses,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let first = guestlist.make_invitation_once(id, None, new(2)).await;
        let first = first.expect("makes");
        let second = guestlist.make_invitation_once(id, None, new(2)).await;
        let second = second.expect("is the same");
        assert_eq!(second.link.expose(), first.link.expose());
        let eve = Some(UserId::new(guestlist.now()));
        for (by, uses) in [(None, 1), (None, 3), (eve, 2)] {
            let other = guestlist.make_invitation_once(id, by, new(uses)).await;
            let made_before = matches!(other, Err(MakeInvitationError::MadeBefore));
            assert!(made_before, "{uses}");
        }
        let all = guestlist.list_invitations(None, 9).await;
        assert_eq!(all.expect("lists").len(), 1);
    }

    #[tokio::test]
    async fn uses_and_lifetimes_have_limits() {
        let guestlist = guestlist(SignUpPolicy::Invited);
        for (address, uses, seconds) in [
            (None, 0, 60),
            (None, 1_001, 60),
            (Some("ada@example.com"), 2, 60),
            (None, 1, 59),
            (None, 1, 400 * 24 * 60 * 60),
        ] {
            let new = NewInvitation {
                note: None,
                email: address.map(email),
                uses,
                valid_for: Duration::from_secs(seconds),
                send: false,
            };
            assert!(guestlist.make_invitation(None, new).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_sent_invitation_has_its_own_link_until_it_is_revoked() {
        let guestlist = guestlist(SignUpPolicy::Invited);
        let new = |address: Option<&str>| NewInvitation {
            note: None,
            email: address.map(email),
            uses: 1,
            valid_for: NewInvitation::VALID,
            send: true,
        };
        let refused = guestlist.make_invitation(None, new(None)).await;
        assert!(matches!(refused, Err(MakeInvitationError::NoAddress)));
        let made = guestlist.make_invitation(None, new(Some("bob@example.com")));
        let made = made.await.expect("makes");
        let sent = async || {
            let all = guestlist.list_messages(crate::MessageFilter::default(), None, 10);
            all.await.expect("answers").pop().expect("is queued")
        };
        let message = sent().await;
        assert_eq!(message.to, email("bob@example.com"));
        let token = guestlist.token_of_link(&message).expect("has one");
        assert_eq!(token.expose(), made.link.expose());
        let revoked = guestlist.revoke_invitation(made.invitation.id).await;
        assert!(revoked.expect("revokes"));
        assert!(!sent().await.has_active_link(guestlist.now()));
        let signed_up = sign_up(&guestlist, "bob@example.com", &token).await;
        assert!(signed_up.is_err());
    }
}
