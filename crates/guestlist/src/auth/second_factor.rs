//! A user's second factor: what the user is told about it, and whether a code is right.

use super::{
    ReauthenticatedError,
    tries::{Try, refuses_tries},
};
use crate::{
    Ended, Factor, FactorKind, Guestlist, Message, RecoveryCodeUse, RecoveryCodes, RetryAfter,
    SecurityEventKind, SessionId, SignInMethod, StepUse, StoreError, Timestamp, UserId, detail,
    secret_key::Which, token::RecoveryCode,
};

/// A user's second factor, as the user is told about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// When the user set it up.
    pub since: Timestamp,
    /// When a code of the authenticator app was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// How many recovery codes are unused.
    pub codes_left: u32,
    /// How many recovery codes were made; zero if none were.
    pub codes_made: u32,
}

impl Guestlist {
    /// Returns the user's second factor, if the user has set one up.
    pub async fn second_factor_of(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let Some(factor) = self.confirmed_factor(user).await? else {
            return Ok(None);
        };
        let codes = self.store().find_recovery_codes(user).await?;
        let left = codes.as_ref().map_or(0, |codes| codes.hashes.len());
        Ok(Some(SecondFactor {
            since: factor.confirmed_at.unwrap_or(factor.created_at),
            last_used_at: factor.last_used_at,
            codes_left: u32::try_from(left).unwrap_or(u32::MAX),
            codes_made: codes.map_or(0, |_| RecoveryCodes::MANY),
        }))
    }

    /// Removes the user's second factor and all recovery codes, without asking for a code: for an
    /// administrator. The user's sessions go on.
    pub async fn remove_second_factor(&self, user: UserId) -> Result<Ended, StoreError> {
        let removed = self.remove_factor_and_codes(user).await?;
        if removed == Ended::Now {
            let event = self.event(user, SecurityEventKind::SecondFactorRemoved);
            self.record_and_tell_id(event).await;
        }
        Ok(removed)
    }

    /// Does the same as a part of what the link of this message does, which the user is told of.
    pub(super) async fn drop_second_factor(
        &self,
        user: UserId,
        message: &Message,
    ) -> Result<(), StoreError> {
        if self.remove_factor_and_codes(user).await? == Ended::Now {
            let kind = SecurityEventKind::SecondFactorRemoved;
            let event = self.event_by_link(message, user, kind);
            self.record_event(event).await;
        }
        Ok(())
    }

    async fn remove_factor_and_codes(&self, user: UserId) -> Result<Ended, StoreError> {
        let removed = self.store().remove_factor(user, FactorKind::Totp).await?;
        self.store().remove_recovery_codes(user).await?;
        Ok(removed)
    }

    /// Removes the factor and the recovery codes that were added at that time or later. Earlier
    /// ones stay.
    pub(super) async fn drop_second_factor_since(
        &self,
        user: UserId,
        since: Timestamp,
        message: &Message,
    ) -> Result<(), StoreError> {
        let factor = self.store().find_factor(user, FactorKind::Totp).await?;
        let added = factor.map(|factor| factor.confirmed_at.unwrap_or(factor.created_at));
        if added.is_some_and(|added| added >= since) {
            return self.drop_second_factor(user, message).await;
        }
        let codes = self.store().find_recovery_codes(user).await?;
        if codes.is_some_and(|codes| codes.created_at >= since) {
            self.store().remove_recovery_codes(user).await?;
        }
        Ok(())
    }

    /// Returns the user's factor, if it was confirmed. Another one does not count.
    pub(super) async fn confirmed_factor(
        &self,
        user: UserId,
    ) -> Result<Option<Factor>, StoreError> {
        let factor = self.store().find_factor(user, FactorKind::Totp).await?;
        Ok(factor.filter(|factor| factor.confirmed_at.is_some()))
    }

    /// Uses a code of the authenticator app, or a recovery code. Returns which of the two it was. A
    /// code counts once. The try is counted as the try of a password is, before the code is
    /// checked, and given back if the code is right. A text that can be no code is refused before.
    pub(super) async fn use_factor_code(
        &self,
        factor: &Factor,
        typed: &str,
        tried: Try<'_>,
    ) -> Result<SignInMethod, CodeError> {
        let code = match RecoveryCode::parse(typed) {
            Some(code) => Code::Recovery(code),
            None => Code::Totp(six_digits(typed).ok_or(CodeError::Malformed)?),
        };
        let counted = self.count_try(tried).await?;
        let used = match code {
            Code::Totp(digits) => self.use_totp(factor, &digits).await,
            Code::Recovery(code) => self.use_recovery_code(factor, &code).await,
        };
        if used.is_ok() {
            self.give_back_try(counted).await?;
        }
        used
    }

    /// RFC 6238, section 5.2: a code counts once, one step early or late.
    async fn use_totp(&self, factor: &Factor, digits: &str) -> Result<SignInMethod, CodeError> {
        let (user, now) = (factor.user_id, self.now());
        let keys = self.factor_keys();
        let Some((secret, which)) = keys.open(user, &factor.sealed_secret) else {
            tracing::error!(%user, "neither the secret nor the previous secret opens the second factor");
            return Err(CodeError::WrongCode);
        };
        let step = secret.step_of(digits, now).ok_or(CodeError::WrongCode)?;
        let resealed = match which {
            Which::Current => None,
            Which::Previous => keys.seal(user, &secret),
        };
        let used = self
            .store()
            .use_totp(factor.id, step, now, resealed.as_deref());
        match used.await? {
            StepUse::Used => Ok(SignInMethod::Totp),
            StepUse::Stale => Err(CodeError::CodeUsed),
        }
    }

    async fn use_recovery_code(
        &self,
        factor: &Factor,
        code: &RecoveryCode,
    ) -> Result<SignInMethod, CodeError> {
        let user = factor.user_id;
        for hash in self.factor_keys().hashes(user, code) {
            let used = self.store().use_recovery_code(user, &hash).await?;
            if let RecoveryCodeUse::Used { left } = used {
                tracing::info!(%user, left, "recovery codes are left");
                let event = self.event(user, SecurityEventKind::RecoveryCodeUsed);
                self.record_and_tell_id(event.with(detail::LEFT, left))
                    .await;
                return Ok(SignInMethod::RecoveryCode);
            }
        }
        Err(CodeError::WrongCode)
    }

    /// Whether the session's last reauthentication covers the second factor: it was not before the
    /// user set the factor up.
    pub(super) async fn covers_second_factor(
        &self,
        user: UserId,
        proven_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let factor = self.confirmed_factor(user).await?;
        let since = factor.and_then(|factor| factor.confirmed_at);
        Ok(since.is_none_or(|since| since <= proven_at))
    }

    /// Notes that the session's user entered the first code right now. So the
    /// user is not asked for a code again at once.
    pub(super) async fn note_second_factor(
        &self,
        session: SessionId,
        epoch: crate::Epoch,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let noted = self
            .store()
            .reauthenticate_session(session, epoch, now, None);
        noted.await.map(drop)
    }
}

/// Returns the six digits of a code as a user types them, with spaces and hyphens anywhere.
pub(super) fn six_digits(typed: &str) -> Option<String> {
    let is_between = |c: char| c.is_whitespace() || c == '-';
    let digits: String = typed.chars().filter(|c| !is_between(*c)).collect();
    let is_code = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then_some(digits)
}

enum Code {
    Totp(String),
    Recovery(RecoveryCode),
}

/// Why a code was refused.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The text is neither a code of an authenticator app nor a recovery code. It is not counted.
    #[error(
        "a code of the app has six digits; a recovery code has ten letters and digits, such as ABCDE-FGHIJ"
    )]
    Malformed,
    /// The text is no code of an authenticator app.
    #[error("the code has six digits")]
    NotSixDigits,
    /// The code is wrong, or too old. A used recovery code is wrong.
    #[error("wrong code")]
    WrongCode,
    /// The code of the authenticator app was used already.
    #[error("this code was used already; wait for the next one")]
    CodeUsed,
    /// There were too many tries.
    #[error("too many tries; try again in {0}")]
    TooManyTries(RetryAfter),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

refuses_tries!(CodeError);

/// Why the second factor was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// The user has a second factor already.
    #[error("the second factor is set up already; remove it first")]
    AlreadySet,
    /// The user has no second factor, or has not started to set one up.
    #[error("there is no second factor")]
    NotSet,
    /// The first code was refused.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The user must reauthenticate, or the session has ended.
    #[error(transparent)]
    Reauthenticated(#[from] ReauthenticatedError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
