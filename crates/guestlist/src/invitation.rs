//! The record of an invitation.

use std::hash::{Hash, Hasher};

use crate::{
    Email, InvitationId, Salt, ShownInvitation, SignUpRefusal, Timestamp, TokenName, UserId,
};

/// An invitation to sign up. Its link is derived from the record and never stored.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The id, which the link contains.
    pub id: InvitationId,
    /// The administrator who made it; `None` for the command line. The invitation is deleted with
    /// this user.
    pub created_by: Option<UserId>,
    /// What the administrator noted.
    pub note: Option<TokenName>,
    /// The only address that may sign up with it.
    pub email: Option<Email>,
    /// How many more users may sign up with it.
    pub uses_left: u32,
    /// A random value, from which the secret of the link is derived.
    pub salt: Salt,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When an administrator revoked it.
    pub revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// Returns why the invitation cannot be used at that time, if so.
    pub fn is_over(&self, now: Timestamp) -> Option<SignUpRefusal> {
        if self.revoked_at.is_some() {
            Some(SignUpRefusal::InvitationRevoked)
        } else if self.uses_left == 0 {
            Some(SignUpRefusal::InvitationUsed)
        } else if self.expires_at <= now {
            Some(SignUpRefusal::InvitationExpired)
        } else {
            None
        }
    }

    /// Returns what a visitor shows with this invitation. Addresses are compared as those of
    /// accounts; without an address, every address counts.
    pub fn shown_by(&self, address: Option<&Email>, now: Timestamp) -> ShownInvitation {
        let is_for_another = self
            .email
            .as_ref()
            .zip(address)
            .is_some_and(|(invited, address)| invited != address);
        match self.is_over(now) {
            Some(why) => ShownInvitation::Refused(why),
            None if is_for_another => ShownInvitation::Refused(SignUpRefusal::InvitationForAnother),
            None => ShownInvitation::Valid,
        }
    }
}

/// Hashes every stored field. Two spellings of an e-mail address are equal, and differ here.
impl Hash for Invitation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Every field is named, so that a new field is not forgotten here.
        let Self {
            id,
            created_by,
            note,
            email,
            uses_left,
            salt,
            created_at,
            expires_at,
            revoked_at,
        } = self;
        let email = email.as_ref().map(|email| (email.key(), email.as_given()));
        (id, created_by, note, email, uses_left).hash(state);
        (salt, created_at, expires_at, revoked_at).hash(state);
    }
}
