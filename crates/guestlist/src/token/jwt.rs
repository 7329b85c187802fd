//! JSON Web Tokens for access (RFC 7519, RFC 9068), as strict as RFC 8725 asks.
//!
//! The key decides the algorithm, never the header. A header holds `alg`, `kid` and `typ` and
//! nothing else: no key, no address of a key, no `crit` can be slipped in. What is not spelled the
//! one canonical way is no token.

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

/// The end of the year 9999 in seconds: no date is later.
const LAST_SECOND: i64 = 253_402_300_799;

/// A token may have been made so many seconds after now: the clock of the node that made it may be ahead. One that was made
/// later was not made here (RFC 7519, section 4.1.6).
const LEEWAY: i64 = 60;

/// Signs and verifies with the keys of a ring, for one issuer and audience.
#[derive(Debug)]
pub(crate) struct Jwt {
    keyring: RwLock<Arc<Keyring>>,
    issuer: String,
    audience: String,
}

/// What an access token says.
#[derive(Debug, PartialEq)]
pub(crate) struct Claims {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) expires_at: Timestamp,
}

/// The token opens nothing.
#[derive(Debug)]
pub(crate) enum InvalidJwt {
    /// No key of that name verifies, as far as the ring knows: it may have been made elsewhere just now.
    UnknownKey,
    /// It is not one of ours, or not any more.
    Refused,
}

/// No token can be made: no key may sign by now, or the one that may cannot.
#[derive(Debug, thiserror::Error)]
#[error("no key signs access tokens by now")]
pub(crate) struct NoSigningKey;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// The claims on the wire; all but `nbf` are required (RFC 9068, section 2.2).
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

/// Seconds since 1970 (RFC 7519, section 2): a finite number from 0 to the end of the year 9999.
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

/// A claim that is there has a value: `null` is not the same as absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

impl Jwt {
    pub(crate) fn new(keyring: Keyring, issuer: &str, audience: &str) -> Self {
        Self {
            keyring: RwLock::new(Arc::new(keyring)),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }

    /// The keys there are by now.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        let keyring = self.keyring.read();
        Arc::clone(&keyring.unwrap_or_else(PoisonError::into_inner))
    }

    /// Other keys from now on.
    pub(crate) fn replace_keyring(&self, keyring: Keyring) {
        let mut current = self.keyring.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(keyring);
    }

    /// A token that says that, signed with the key that signs by now.
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

    /// What the token says, if every check passes. The signature comes before the claims.
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
        // No token of ours has an `nbf`, so no clock of ours can be ahead of it.
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
