//! A refresh token is traded for the next one and a new access token (RFC 6749, section 6).
//!
//! Each is traded once. Shown again within a moment it gets the same answer, because answers get
//! lost; shown later, or more often than a client tries again, it was stolen, by this client or from
//! it, and the session ends (RFC 9700, section 4.14.2).

use tracing::field::display;

use super::{SignedIn, Wanted};
use crate::{
    Client, Guestlist, Rotation, Session, SessionId, SessionRotation, StoreError, Timestamp, User,
    identity_cache::Tombstone,
    token::{NoToken, RefreshToken, Successor},
};

impl Guestlist {
    /// The next tokens of the session, with the scope it has; the ones before open nothing from now on,
    /// but a JWT runs to its end. `client` is where the request came from.
    ///
    /// A refresh token that was traded within [`Lifetimes::refresh_window`](crate::Lifetimes::refresh_window) gets the same
    /// answer again, [`Builder::refresh_retries`](crate::Builder::refresh_retries) times at most. The log has a security event
    /// for each, which is a warning if the request came from another network or device than the one before.
    pub async fn refresh(
        &self,
        refresh_token: &str,
        client: Client,
    ) -> Result<SignedIn, RefreshError> {
        let presented = self.refresh_keys().read(refresh_token)?;
        let found = self.live_session(presented.session).await?;
        let (session, user) = found.ok_or(RefreshError::InvalidGrant)?;
        if session.generation != presented.generation {
            return self.refresh_again(&presented, session, user, &client).await;
        }
        if !self.is_stored(session.refresh_hash.as_ref(), refresh_token) {
            return Err(RefreshError::InvalidGrant);
        }
        self.rotate(&presented, session, user, client).await
    }

    async fn rotate(
        &self,
        presented: &RefreshToken,
        session: Session,
        user: User,
        client: Client,
    ) -> Result<SignedIn, RefreshError> {
        let (now, wanted) = (self.now(), Wanted::of(&session));
        let successor = self.refresh_keys().successor(presented, &session.salt);
        let access_ends = self.access_ends(&session, wanted, now);
        let is_opaque = wanted.secret().is_some();
        let rotation = Rotation {
            refresh_hash: successor.refresh_hash,
            secret_hash: is_opaque.then_some(successor.access_hash),
            secret_expires_at: is_opaque.then_some(access_ends),
            client,
        };
        let (id, generation, old_secret) = (session.id, session.generation, session.secret_hash);
        let next = Session {
            generation: generation.saturating_add(1),
            refresh_hash: Some(rotation.refresh_hash),
            secret_hash: rotation.secret_hash,
            secret_expires_at: rotation.secret_expires_at,
            refreshed_at: Some(now),
            refreshed_by: rotation.client.clone(),
            retries: 0,
            last_seen_at: now,
            ..session
        };
        // Nothing is kept that could not be handed out.
        let refreshed = self.refreshed(next, user, successor, access_ends, now)?;
        let rotated = self.store().rotate_session(id, generation, &rotation, now);
        let rotated = rotated.await;
        // Also where the answer got lost: it may have been done.
        self.have_ended(old_secret.map(Tombstone::Credential));
        match rotated? {
            SessionRotation::Rotated => {
                tracing::debug!(session = %id, "refreshed");
                Ok(refreshed)
            }
            SessionRotation::Stale(stands) => {
                let (session, user) = *stands;
                if !session.is_active(&user, now) {
                    return Err(RefreshError::InvalidGrant);
                }
                self.refresh_again(presented, session, user, &rotation.client)
                    .await
            }
            SessionRotation::Gone => Err(RefreshError::InvalidGrant),
        }
    }

    /// What becomes of an authentic token of another generation than the current one.
    async fn refresh_again(
        &self,
        presented: &RefreshToken,
        session: Session,
        user: User,
        client: &Client,
    ) -> Result<SignedIn, RefreshError> {
        let now = self.now();
        let window = self.lifetimes().refresh_window;
        let is_retry = presented.generation.checked_add(1) == Some(session.generation)
            && session.refreshed_at.is_some_and(|at| now < at.plus(window));
        if is_retry {
            // Under a key that was changed in between, only what stands is handed out.
            let salt = session.salt;
            let mut successors = self.refresh_keys().successors(presented, &salt);
            let stands = successors.find(|successor| opens(successor, &session));
            let successor = stands.ok_or(RefreshError::InvalidGrant)?;
            let session = self.retried(session, client).await?;
            let access_ends = session
                .secret_expires_at
                .unwrap_or_else(|| self.access_ends(&session, Wanted::of(&session), now));
            return Ok(self.refreshed(session, user, successor, access_ends, now)?);
        }
        // A store that was brought back from a copy may know less than its clients.
        if presented.generation < session.generation {
            tracing::warn!(
                user = %user.id, session = %session.id, generation = presented.generation,
                "security: an old refresh token was used again, so its session ends"
            );
            self.end_copied(session.id).await?;
        }
        Err(RefreshError::InvalidGrant)
    }

    /// Counts a retry, and tells the operator: whoever has copied the token gets the same answer as its owner. Who
    /// retries more often than is allowed ends the session.
    async fn retried(&self, session: Session, client: &Client) -> Result<Session, RefreshError> {
        let counted = self.store().count_retry(session.id, session.generation);
        // Another generation by now, or the session is over.
        let retries = counted.await?.ok_or(RefreshError::InvalidGrant)?;
        let (user, id, generation) = (session.user_id, session.id, session.generation);
        let (before, now) = (&session.refreshed_by, client);
        let (address, refreshed_from) = (now.address.map(display), before.address.map(display));
        if retries > self.refresh_retries() {
            tracing::warn!(
                %user, session = %id, generation, retries, address, refreshed_from,
                "security: a refresh token was used again too often, so its session ends"
            );
            self.end_copied(id).await?;
            return Err(RefreshError::TooManyRetries);
        }
        let elsewhere = match (
            now.is_on_the_network_of(before),
            now.device == before.device,
        ) {
            (true, true) => None,
            (false, true) => Some("network"),
            (true, false) => Some("device"),
            (false, false) => Some("network and device"),
        };
        match elsewhere {
            Some(another) => tracing::warn!(
                %user, session = %id, generation, retries, address, refreshed_from, another,
                "security: a refresh token was used again from elsewhere; if its owner did not do this, it was copied"
            ),
            None => tracing::info!(
                %user, session = %id, generation, retries, address,
                "security: a refresh token was used again and got the same answer"
            ),
        }
        Ok(Session { retries, ..session })
    }

    async fn end_copied(&self, session: SessionId) -> Result<(), StoreError> {
        self.store().end_session(session).await?;
        self.has_ended(Tombstone::Session(session));
        Ok(())
    }

    fn refreshed(
        &self,
        session: Session,
        user: User,
        successor: Successor,
        access_ends: Timestamp,
        now: Timestamp,
    ) -> Result<SignedIn, StoreError> {
        let secret = session.secret_hash.map(|_| &successor.access);
        Ok(SignedIn {
            access_token: self.access_token(&session, secret, access_ends, now)?,
            expires_in: now.until(access_ends),
            refresh_token: Some(successor.refresh),
            user,
            session,
        })
    }
}

/// Whether that is what the session is opened by now.
fn opens(successor: &Successor, session: &Session) -> bool {
    session.refresh_hash == Some(successor.refresh_hash)
        && session
            .secret_hash
            .is_none_or(|hash| hash == successor.access_hash)
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// It is expired, ended, used before, forged or no refresh token at all: we never say which.
    #[error("the refresh token is invalid")]
    InvalidGrant,
    /// It was shown again more often than a lost answer explains, and its session has ended. Whoever shows it is told no more
    /// than [`InvalidGrant`](Self::InvalidGrant) tells.
    #[error("the refresh token is invalid")]
    TooManyRetries,
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NoToken> for RefreshError {
    fn from(_: NoToken) -> Self {
        Self::InvalidGrant
    }
}

#[cfg(test)]
mod tests;
