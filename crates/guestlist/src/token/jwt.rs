//! JSON Web Tokens as access tokens (RFC 7519, RFC 9068), checked as strictly as RFC 8725 requires.
//!
//! The key decides the algorithm, never the header. A header contains exactly `alg`, `kid` and
//! `typ`: it cannot bring a key, the address of a key or `crit`. Only the one canonical form of a
//! token is accepted.

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{
    SessionId, Timestamp, UserId,
    token::{
        jws::{self, InvalidJws, Jws},
        key::SignatureError,
        keyring::Keyring,
    },
};

/// The end of the year 9999, in seconds: the latest date that is accepted.
const LAST_SECOND: i64 = 253_402_300_799;

/// How many seconds in the future a token's `iat` may be, because the clock of the node that made
/// it may be ahead. A later `iat` is refused (RFC 7519, section 4.1.6).
const LEEWAY: i64 = 60;

/// Signs and verifies tokens with the keys of a keyring, for one issuer and audience.
#[derive(Debug)]
pub(crate) struct Jwt {
    keyring: RwLock<Arc<Keyring>>,
    issuer: String,
    audience: String,
}

/// The claims of an access token.
#[derive(Debug, PartialEq)]
pub(crate) struct Claims {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) expires_at: Timestamp,
}

/// Why a token is refused.
#[derive(Debug)]
pub(crate) enum InvalidJwt {
    /// The keyring has no key of this name. Another node may have created the key just now.
    UnknownKey,
    /// The token is not one of ours, or is no longer valid.
    Refused,
}

/// No token can be made: no key may sign now, or signing failed.
#[derive(Debug, thiserror::Error)]
#[error("no key can sign access tokens now")]
pub(crate) struct NoSigningKey;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// The claims as they are encoded. All except `nbf` are required (RFC 9068, section 2.2).
#[derive(Serialize, Deserialize)]
struct Payload {
    sub: String,
    iat: NumericDate,
    exp: NumericDate,
    #[serde(default, skip_serializing, deserialize_with = "present")]
    nbf: Option<NumericDate>,
    jti: String,
    iss: String,
    aud: Audience,
    sid: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A time in seconds since 1970 (RFC 7519, section 2): a finite number from 0 to the end of the
/// year 9999.
#[derive(Clone, Copy, Serialize)]
#[serde(transparent)]
struct NumericDate(i64);

impl<'de> Deserialize<'de> for NumericDate {
    #[expect(
        clippy::as_conversions,
        reason = "the range is checked before a fraction is cut"
    )]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let seconds = match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole,
            (None, Some(real)) if (0.0..=LAST_SECOND as f64).contains(&real) => real as i64,
            _ => return Err(de::Error::custom("no date")),
        };
        if (0..=LAST_SECOND).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(de::Error::custom("no date"))
        }
    }
}

/// Refuses `null` as a value: it is not the same as an absent claim.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

impl Jwt {
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn new(keyring: Keyring, issuer: &str, audience: &str) -> Self {
        Self {
            keyring: RwLock::new(Arc::new(keyring)),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }

    /// Returns the current keys.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        let keyring = self.keyring.read();
        Arc::clone(&keyring.unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the keys.
    pub(crate) fn replace_keyring(&self, keyring: Keyring) {
        let mut current = self.keyring.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(keyring);
    }

    /// Signs a token with these claims by the current signing key.
    pub(crate) fn sign(&self, claims: &Claims, now: Timestamp) -> Result<String, NoSigningKey> {
        let keyring = self.keyring();
        let key = keyring.signing(now).ok_or(NoSigningKey)?;
        let header = Header {
            alg: key.verifying().algorithm().to_string(),
            typ: "at+jwt".to_owned(),
            kid: key.verifying().kid().to_owned(),
        };
        let payload = Payload {
            sub: claims.user.to_string(),
            iat: NumericDate(now.as_secs()),
            exp: NumericDate(claims.expires_at.as_secs()),
            nbf: None,
            jti: crate::new_uuid(now).to_string(),
            iss: self.issuer.clone(),
            aud: Audience::One(self.audience.clone()),
            sid: claims.session.to_string(),
        };
        Ok(jws::sign(&json(&header), &json(&payload), key)?)
    }

    /// Returns the claims, if every check passes. The signature is verified before the claims are
    /// read.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, InvalidJwt> {
        let jws = Jws::parse(token)?;
        let header: Header =
            serde_json::from_slice(jws.header()).map_err(|_| InvalidJwt::Refused)?;
        let typed = ["at+jwt", "application/at+jwt"]
            .iter()
            .any(|typ| header.typ.eq_ignore_ascii_case(typ));
        if !typed {
            return Err(InvalidJwt::Refused);
        }
        let keyring = self.keyring();
        let key = keyring
            .verifying(&header.kid, now)
            .ok_or(InvalidJwt::UnknownKey)?;
        let payload = jws.verify(&header.alg, key)?;
        let payload: Payload = serde_json::from_slice(&payload).map_err(|_| InvalidJwt::Refused)?;
        self.judge(&payload, now)
    }

    fn judge(&self, payload: &Payload, now: Timestamp) -> Result<Claims, InvalidJwt> {
        let for_us = match &payload.aud {
            Audience::One(audience) => *audience == self.audience,
            Audience::Many(audiences) => audiences.contains(&self.audience),
        };
        let seconds = now.as_secs();
        // Our tokens have no `nbf`, so differences between our nodes' clocks do not matter here.
        let begun = payload.iat.0 <= seconds.saturating_add(LEEWAY)
            && payload.nbf.is_none_or(|nbf| nbf.0 <= seconds);
        if payload.iss != self.issuer || !for_us || !begun || payload.exp.0 <= seconds {
            return Err(InvalidJwt::Refused);
        }
        Ok(Claims {
            user: payload.sub.parse().map_err(|_| InvalidJwt::Refused)?,
            session: payload.sid.parse().map_err(|_| InvalidJwt::Refused)?,
            expires_at: Timestamp::from_millis(payload.exp.0 * 1_000),
        })
    }
}

impl From<InvalidJws> for InvalidJwt {
    fn from(_: InvalidJws) -> Self {
        Self::Refused
    }
}

impl From<SignatureError> for NoSigningKey {
    fn from(_: SignatureError) -> Self {
        Self
    }
}

fn json(part: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(part).expect("strings and numbers are JSON")
}

#[cfg(test)]
mod tests;
