//! An identified user: the outcome of [`Guestlist::identify`](crate::Guestlist::identify).

use crate::{Scope, Session, Timestamp, Token, User};

/// An identified user, and the credential's session or token.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The user, without the password hash, because no caller needs it.
    pub user: User,
    /// The session or token of the credential.
    pub by: By,
    /// The scope of the credential.
    pub scope: Scope,
    /// When the credential expires.
    pub expires_at: Timestamp,
}

/// The record that a credential belongs to.
#[derive(Clone, Debug)]
pub enum By {
    /// A session.
    Session(Session),
    /// A personal access token.
    Token(Token),
}

impl Identity {
    /// Returns the session, if the credential belongs to one.
    pub fn session(&self) -> Option<&Session> {
        match &self.by {
            By::Session(session) => Some(session),
            By::Token(_) => None,
        }
    }

    /// Creates the identity of a session's credential, which is not valid longer than the session.
    pub(crate) fn by_session(session: Session, user: User, credential_ends: Timestamp) -> Self {
        Self {
            user,
            scope: session.scope,
            expires_at: credential_ends.min(session.expires_at),
            by: By::Session(session),
        }
    }
}
