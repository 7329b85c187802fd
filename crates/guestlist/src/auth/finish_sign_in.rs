//! The second step of a sign-in: a code of the second factor.

use std::time::Duration;

use super::{
    CodeError, SignedIn,
    tries::{TriedFrom, Try},
};
use crate::{
    Client, Guestlist, SecurityEventKind, Session, StoreError, User, Wanted, detail,
    token::{Challenged, SignInChallenge},
};

/// How long a user may take for the second step.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

impl Guestlist {
    /// Makes the challenge for the second step, after the password was right.
    pub(super) fn challenge(
        &self,
        user: &User,
        client: &Client,
    ) -> Result<SignInChallenge, StoreError> {
        let what = Challenged {
            user: user.id,
            epoch: user.epoch,
            at: self.now(),
        };
        let sealed = self.challenge_keys().seal(what, client);
        sealed.ok_or_else(|| StoreError::failed("the system gives no randomness"))
    }

    /// Creates a session if the code is right: of the authenticator app, or a recovery code.
    /// `challenge` comes from the first step,
    /// [`SignInError::SecondFactorRequired`](crate::SignInError::SecondFactorRequired), and is
    /// valid for ten minutes, for the same device. `client` is stored with the session.
    ///
    /// # Errors
    ///
    /// - [`FinishSignInError::ChallengeExpired`] if the user has to enter the password again: the
    ///   challenge is too old, of another device, or from before the password was changed.
    /// - [`FinishSignInError::Code`] if the code was refused. The challenge stays valid.
    pub async fn finish_sign_in(
        &self,
        challenge: &SignInChallenge,
        code: &str,
        client: Client,
        wanted: Wanted,
    ) -> Result<SignedIn, FinishSignInError> {
        self.finish_sign_in_on_device(challenge, code, client, wanted, None)
            .await
    }

    /// Does the same for a browser that may have signed in before: `held` is its
    /// [`DeviceToken`](crate::DeviceToken), unchecked, as for
    /// [`sign_in_on_device`](Self::sign_in_on_device). A device from before the second factor was
    /// set up counts as unknown for the limits.
    ///
    /// # Errors
    ///
    /// The errors of [`finish_sign_in`](Self::finish_sign_in).
    pub async fn finish_sign_in_on_device(
        &self,
        challenge: &SignInChallenge,
        code: &str,
        client: Client,
        wanted: Wanted,
        held: Option<&str>,
    ) -> Result<SignedIn, FinishSignInError> {
        let opened = self.challenge_keys().open(challenge, &client);
        let challenged = opened.ok_or(FinishSignInError::ChallengeExpired)?;
        let now = self.now();
        if now < challenged.at || now >= challenged.at.plus(LIFETIME) {
            return Err(FinishSignInError::ChallengeExpired);
        }
        let user = self.store().find_user(challenged.user).await?;
        let is_valid = |user: &User| user.epoch == challenged.epoch && user.disabled_at.is_none();
        let user = user.filter(is_valid);
        let user = user.ok_or(FinishSignInError::ChallengeExpired)?;
        let factor = self.confirmed_factor(user.id).await?;
        let factor = factor.ok_or(FinishSignInError::ChallengeExpired)?;
        let (held, known) = (held.unwrap_or_default(), (user.id, user.epoch));
        let is_known_device = self.device_keys().find(held, known, now).is_some();
        // The password alone made earlier devices known, as many as a thief wanted. Each would give
        // further tries of a code.
        let since = factor.confirmed_at.unwrap_or(factor.created_at);
        let device = self.device_keys().find_since(held, known, now, since);
        let tried = Try {
            account: Some(&user.email),
            from: TriedFrom::Client {
                address: client.address,
                device,
            },
        };
        let how = match self.use_factor_code(&factor, code, tried).await {
            Ok(how) => how,
            Err(CodeError::Store(error)) => return Err(error.into()),
            Err(refused @ (CodeError::TooManyTries(_) | CodeError::Malformed)) => {
                return Err(refused.into());
            }
            Err(refused) => {
                let event = self.event(user.id, SecurityEventKind::SignInRefused);
                let event = event.from_client(client);
                self.record_in_background(event.with(detail::REASON, detail::WRONG_CODE));
                return Err(refused.into());
            }
        };
        let (now, lifetimes) = (self.now(), self.lifetimes());
        let ends = now.plus(lifetimes.session);
        let session = Session {
            how,
            ..Session::new(&user, client, now, ends, lifetimes.idle)
        };
        let event = self.event(user.id, SecurityEventKind::SignIn);
        let event = event
            .from_client(session.client.clone())
            .with(detail::SESSION, session.id)
            .with(detail::HOW, how.as_str());
        let opened = self.open_and_tell(user, session, wanted, event, is_known_device);
        opened.await?.ok_or(FinishSignInError::ChallengeExpired)
    }
}

/// Why the second step of a sign-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum FinishSignInError {
    /// The challenge is too old, or of another device, or the account was changed since: the user
    /// has to begin again.
    #[error("the sign-in took too long; enter the password again")]
    ChallengeExpired,
    /// The code was refused.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
