//! Trades a refresh token for the next one and a new access token (RFC 6749, section 6).
//!
//! Each refresh token works once. If it is sent again within a short time, it gets the same answer,
//! because answers get lost. If it is sent later or too often, it was stolen, by this client or
//! from it, and the session ends (RFC 9700, section 4.14.2).

use tracing::field::display;

use super::SignedIn;
use crate::{
    Client, Guestlist, Rotation, SecurityEvent, SecurityEventKind, Session, SessionId,
    SessionRotation, StoreError, Timestamp, User, Wanted, detail,
    identity_cache::Tombstone,
    token::{NoToken, RefreshToken, Successor},
};

impl Guestlist {
    /// Returns the session's next tokens, with the same scope. The previous tokens end now, except
    /// a JWT, which stays valid until it expires. `client` is the origin of the request.
    ///
    /// A refresh token that was used within
    /// [`Lifetimes::refresh_window`](crate::Lifetimes::refresh_window) gets the same answer again,
    /// at most [`Builder::refresh_retries`](crate::Builder::refresh_retries) times. Each of these
    /// answers is logged as a security event. The event is a warning if the request came from
    /// another network or device than the one before.
    ///
    /// # Errors
    ///
    /// - [`RefreshError::TooManyRetries`] if the token was sent again too often. Its session has
    ///   ended.
    /// - [`RefreshError::InvalidGrant`] for every other refused token (RFC 6749, section 5.2). If
    ///   it is an old token of an active session, the session has ended, because the token was
    ///   stolen.
    pub async fn refresh(
        &self,
        refresh_token: &str,
        client: Client,
    ) -> Result<SignedIn, RefreshError> {
        let presented = self.refresh_keys().read(refresh_token)?;
        let found = self.active_session(presented.session).await?;
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
        // The tokens are made first, so that no rotation is stored whose tokens cannot be made.
        let refreshed = self.refreshed(next, user, successor, access_ends, now)?;
        let rotated = self.store().rotate_session(id, generation, &rotation, now);
        let rotated = rotated.await;
        // Also if the store's answer was lost: the operation may have been done.
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

    /// Handles an authentic token of another generation than the current one.
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
            // If the secret was changed in between, only the tokens that match the stored hashes
            // are returned.
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
        // A store that was restored from a backup may have an older generation than its clients.
        if presented.generation < session.generation {
            self.end_copied(session.id).await?;
            let event = self.reuse(&session, client, detail::OLD_TOKEN);
            let event = event.with(detail::GENERATION, presented.generation);
            self.record_event(event).await;
        }
        Err(RefreshError::InvalidGrant)
    }

    /// Counts a retry and logs it, because a copied token gets the same answer as the owner's. Too
    /// many retries end the session.
    async fn retried(&self, session: Session, client: &Client) -> Result<Session, RefreshError> {
        let counted = self.store().count_retry(session.id, session.generation);
        // The session has ended or has another generation by now.
        let retries = counted.await?.ok_or(RefreshError::InvalidGrant)?;
        let (user, id, generation) = (session.user_id, session.id, session.generation);
        let (before, now) = (&session.refreshed_by, client);
        let address = now.address.map(display);
        if retries > self.refresh_retries() {
            self.end_copied(id).await?;
            let event = self.reuse(&session, client, detail::TOO_OFTEN);
            self.record_event(event.with(detail::RETRIES, retries))
                .await;
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
            Some(another) => {
                let event = self.reuse(&session, client, detail::ELSEWHERE);
                let event = event
                    .with(detail::RETRIES, retries)
                    .with(detail::ANOTHER, another);
                self.record_event(event).await;
            }
            None => tracing::info!(
                %user, session = %id, generation, retries, address,
                "security: a refresh token was used again and got the same answer"
            ),
        }
        Ok(Session { retries, ..session })
    }

    /// An event of a used refresh token that was sent again.
    fn reuse(&self, session: &Session, client: &Client, reason: &str) -> SecurityEvent {
        let event = self.event(session.user_id, SecurityEventKind::RefreshReused);
        let event = event
            .from_client(client.clone())
            .with(detail::SESSION, session.id)
            .with(detail::GENERATION, session.generation)
            .with(detail::REASON, reason);
        match session.refreshed_by.address {
            Some(address) => event.with(detail::REFRESHED_FROM, address),
            None => event,
        }
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

/// Whether these tokens are the session's current ones.
fn opens(successor: &Successor, session: &Session) -> bool {
    session.refresh_hash == Some(successor.refresh_hash)
        && session
            .secret_hash
            .is_none_or(|hash| hash == successor.access_hash)
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is expired, ended, used before, forged or malformed. The caller is not told which.
    #[error("the refresh token is invalid")]
    InvalidGrant,
    /// The token was sent again more often than lost answers explain, and its session has ended.
    /// The client gets the same answer as for [`InvalidGrant`](Self::InvalidGrant).
    #[error("the refresh token is invalid")]
    TooManyRetries,
    /// The store failed.
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
