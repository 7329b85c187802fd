//! Sessions in a store.

use super::{Ended, StoreError, archive::Archived};
use crate::{Client, Epoch, Session, SessionId, Timestamp, TokenHash, User, UserId};

crate::operations! {
    /// The operations on sessions.
    pub trait SessionStore {
        /// Stores a new session, if its user exists, and ends other sessions of the user if there
        /// would be more than `quota` of them.
        ///
        /// The store looks at the oldest `2 * quota` other sessions by id. It ends those first that
        /// [`Session::order_of_ending`] puts first. A user who has more sessions, from before there
        /// was a quota, loses `quota + 1` of them at each sign-in until the quota holds. Insertions
        /// that race may leave a few too many, which the next insertion ends.
        async fn insert_session(
            &self,
            session: &Session,
            quota: u32,
        ) -> Result<SessionInsertion, StoreError>;

        /// Returns the session with that id and its user, active or not. A store that reads the two
        /// separately reads the session first: an epoch never goes back, so a session that is
        /// active by a user read later was active then.
        async fn find_session(
            &self,
            id: SessionId,
        ) -> Result<Option<(Session, User)>, StoreError>;

        /// Returns up to `limit` sessions of the user, active or not, in the order of their ids.
        /// The list begins after the id `after`, or with the smallest id if `after` is `None`.
        async fn list_sessions(
            &self,
            user: UserId,
            after: Option<SessionId>,
            limit: u32,
        ) -> Result<Vec<Session>, StoreError>;

        /// Replaces the session's token hashes by those of `successor`, if the stored session has
        /// the expected generation. Raises the generation by one, sets the retries to zero, and
        /// notes `now` as the time of the refresh and of the last use.
        async fn rotate_session(
            &self,
            id: SessionId,
            expected_generation: u32,
            successor: &Rotation,
            now: Timestamp,
        ) -> Result<SessionRotation, StoreError>;

        /// Adds one to [`Session::retries`], if the session has that generation. Returns the new
        /// number, or `None` if the session has another generation or does not exist.
        async fn count_retry(
            &self,
            id: SessionId,
            generation: u32,
        ) -> Result<Option<u32>, StoreError>;

        /// Notes that the user gave the password again at `now`. With `exchange`, another token
        /// opens the session from then on. Changes everything or nothing: only in the expected
        /// epoch, and only from the expected token.
        async fn reauthenticate_session(
            &self,
            id: SessionId,
            expected: Epoch,
            now: Timestamp,
            exchange: Option<&SecretExchange>,
        ) -> Result<Reauthentication, StoreError>;

        /// Notes when each session was last used. Older timestamps never overwrite newer ones;
        /// deleted sessions are ignored. Each session is an atomic operation of its own.
        async fn touch_sessions(
            &self,
            seen: &[(SessionId, Timestamp)],
        ) -> Result<(), StoreError>;

        /// Ends one session.
        async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError>;
    }
}

/// The outcome of [`SessionStore::insert_session`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionInsertion {
    /// The session is stored.
    Done {
        /// The sessions that were ended because the user had too many.
        ended: Vec<SessionId>,
    },
    /// The user does not exist (any more); nothing was changed.
    UserGone,
}

/// The tokens that open a session after [`SessionStore::rotate_session`], and the client that
/// refreshed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The hash of the refresh token.
    pub refresh_hash: TokenHash,
    /// The hash of the opaque access token, if the session has one.
    pub secret_hash: Option<TokenHash>,
    /// When the opaque access token expires.
    pub secret_expires_at: Option<Timestamp>,
    /// The client that refreshed the session.
    pub client: Client,
}

/// The outcome of [`SessionStore::rotate_session`].
#[derive(Clone, Debug)]
pub enum SessionRotation {
    /// The session is rotated.
    Rotated,
    /// The generation is another one; nothing was changed. The stored session and user are
    /// returned.
    Stale(Box<(Session, User)>),
    /// The session does not exist (any more).
    Gone,
}

/// The exchange of a session's token in [`SessionStore::reauthenticate_session`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretExchange {
    /// The hash of the token that opens the session now.
    pub expected: TokenHash,
    /// The hash of the token that opens it afterwards.
    pub new: TokenHash,
}

/// The outcome of [`SessionStore::reauthenticate_session`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reauthentication {
    /// The time and the new token are stored.
    Done,
    /// The epoch or the token is another one, or the session does not exist; nothing was changed.
    Stale,
}

impl Archived for Session {
    const PLURAL: &'static str = "sessions";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}
