//! A user sets up an authenticator app as the second factor, and removes it.

use super::{CodeError, SecondFactorError, second_factor::six_digits};
use crate::{
    Email, Ended, Factor, FactorConfirmation, FactorId, FactorInsertion, FactorKind, Guestlist,
    ReauthenticatedError, SecurityEvent, SecurityEventKind, SessionId, StoreError, detail,
    token::{RecoveryCode, TotpSecret},
};

/// The secret that the user takes into an authenticator app. It does not count before a code of it
/// was confirmed.
#[derive(Clone, Debug)]
pub struct TotpSetUp {
    /// The secret.
    pub secret: TotpSecret,
    site: String,
    email: Email,
}

impl TotpSetUp {
    /// Returns the address that authenticator apps read from a QR code: `otpauth://totp/…` (the Key
    /// URI format of Google Authenticator). It contains the secret.
    pub fn otpauth_url(&self) -> zeroize::Zeroizing<String> {
        let site = encoded(&self.site);
        let email = encoded(self.email.as_given());
        let secret = self.secret.to_base32();
        zeroize::Zeroizing::new(format!(
            "otpauth://totp/{site}:{email}?secret={}&issuer={site}&algorithm=SHA1&digits=6&period=30",
            *secret
        ))
    }
}

/// Percent-encodes everything except unreserved characters (RFC 3986, section 2.3). A colon would
/// separate the site from the account.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl Guestlist {
    /// Makes a secret for the session's user, who must have reauthenticated a moment ago. It
    /// replaces an earlier secret of which no code was confirmed.
    ///
    /// # Errors
    ///
    /// [`SecondFactorError::AlreadySet`] if the user has a second factor.
    pub async fn start_totp(&self, session: SessionId) -> Result<TotpSetUp, SecondFactorError> {
        let (_, user) = self.check_reauthenticated(session).await?;
        let (now, secret) = (self.now(), TotpSecret::new());
        let sealed_secret = self.factor_keys().seal(user.id, &secret);
        let factor = Factor {
            id: FactorId::new(now),
            user_id: user.id,
            kind: FactorKind::Totp,
            sealed_secret: sealed_secret
                .ok_or_else(|| StoreError::failed("the system gives no randomness"))?,
            last_step: 0,
            created_at: now,
            confirmed_at: None,
            last_used_at: None,
        };
        match self.store().insert_factor(&factor).await? {
            FactorInsertion::Done => Ok(self.set_up(user.email, secret)),
            FactorInsertion::Taken => Err(SecondFactorError::AlreadySet),
            FactorInsertion::UserGone => Err(ReauthenticatedError::SessionEnded.into()),
        }
    }

    /// Returns the secret that [`start_totp`](Self::start_totp) made, if no code of it was confirmed
    /// yet. The user must have reauthenticated a moment ago.
    pub async fn pending_totp(
        &self,
        session: SessionId,
    ) -> Result<Option<TotpSetUp>, SecondFactorError> {
        let (_, user) = self.check_reauthenticated(session).await?;
        let factor = self.store().find_factor(user.id, FactorKind::Totp).await?;
        let pending = factor.filter(|factor| factor.confirmed_at.is_none());
        let opened = pending.and_then(|it| self.factor_keys().open(user.id, &it.sealed_secret));
        Ok(opened.map(|(secret, _)| self.set_up(user.email, secret)))
    }

    fn set_up(&self, email: Email, secret: TotpSecret) -> TotpSetUp {
        let site = match self.policy().site_name.as_str() {
            "" => "guestlist",
            site => site,
        };
        TotpSetUp {
            secret,
            site: site.to_owned(),
            email,
        }
    }

    /// Confirms the second factor with its first code, and returns ten recovery codes. From now on
    /// every sign-in of the user needs a code. This code counts as used. The session counts as
    /// reauthenticated, so it is not asked for another code at once; other sessions go on.
    pub async fn confirm_totp(
        &self,
        session: SessionId,
        code: &str,
    ) -> Result<Vec<RecoveryCode>, SecondFactorError> {
        let (session, user) = self.check_reauthenticated(session).await?;
        let factor = self.store().find_factor(user.id, FactorKind::Totp).await?;
        let factor = factor.ok_or(SecondFactorError::NotSet)?;
        if factor.confirmed_at.is_some() {
            return Err(SecondFactorError::AlreadySet);
        }
        let opened = self.factor_keys().open(user.id, &factor.sealed_secret);
        let (secret, _) = opened.ok_or(SecondFactorError::NotSet)?;
        let code = six_digits(code).ok_or(CodeError::NotSixDigits)?;
        let now = self.now();
        let step = secret.step_of(&code, now).ok_or(CodeError::WrongCode)?;
        // Noted first: whatever fails afterwards, this session can still make recovery codes.
        self.note_second_factor(session.id, session.epoch, now)
            .await?;
        let confirmed = self
            .store()
            .confirm_factor(factor.id, &factor.sealed_secret, step, now);
        match confirmed.await? {
            FactorConfirmation::Confirmed => {}
            FactorConfirmation::Stale => return Err(SecondFactorError::AlreadySet),
        }
        let event = self.event(user.id, SecurityEventKind::SecondFactorAdded);
        let event = SecurityEvent { at: now, ..event };
        self.record_and_tell(&user, event.with(detail::SESSION, session.id))
            .await;
        self.new_recovery_codes(user.id).await
    }

    /// Removes the second factor and all recovery codes of the session's user, who must have
    /// reauthenticated a moment ago, with a code.
    pub async fn remove_totp(&self, session: SessionId) -> Result<(), SecondFactorError> {
        let (_, user) = self.check_reauthenticated(session).await?;
        match self.remove_second_factor(user.id).await? {
            Ended::Now => Ok(()),
            Ended::Before => Err(SecondFactorError::NotSet),
        }
    }
}
