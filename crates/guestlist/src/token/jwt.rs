//! JSON Web Tokens for access (RFC 7519, RFC 9068), as strict as RFC 8725 asks.
//!
//! The key decides the algorithm, never the header. A header holds `alg`, `kid` and `typ` and
//! nothing else: no key, no address of a key, no `crit` can be slipped in. What is not spelled the
//! one canonical way is no token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{SecretKey, SessionId, Timestamp, UserId};

/// A longer one is not looked at.
const MAX_BYTES: usize = 8 * 1024;
/// The end of the year 9999 in seconds: no date is later.
const LAST_SECOND: i64 = 253_402_300_799;

/// Signs and verifies with one key, one algorithm, for one issuer and audience.
pub(crate) struct JwtKey {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
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

/// The token is not one of ours, or not any more.
#[derive(Debug)]
pub(crate) struct InvalidJwt;

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

impl JwtKey {
    /// HS256 (RFC 7518, section 3.2) with a key derived from the secret for this purpose alone.
    pub(crate) fn hs256(secret: &SecretKey, issuer: &str, audience: &str) -> Self {
        let key = secret.derive("access token, HS256");
        let kid = secret.derive("access token, HS256, key id");
        Self {
            kid: URL_SAFE_NO_PAD.encode(&kid[..9]),
            signing: EncodingKey::from_secret(key.as_ref()),
            verifying: DecodingKey::from_secret(key.as_ref()),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }

    pub(crate) fn sign(&self, claims: &Claims, now: Timestamp) -> String {
        let header = Header {
            alg: "HS256".to_owned(),
            typ: "at+jwt".to_owned(),
            kid: self.kid.clone(),
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
        let message = format!("{}.{}", encode(&header), encode(&payload));
        let signature = crypto::sign(message.as_bytes(), &self.signing, Algorithm::HS256)
            .expect("HMAC takes any message");
        format!("{message}.{signature}")
    }

    /// What the token says, if every check passes. The signature comes before the claims.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, InvalidJwt> {
        if token.len() > MAX_BYTES {
            return Err(InvalidJwt);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(InvalidJwt)?;
        let (header, payload) = message.split_once('.').ok_or(InvalidJwt)?;
        let header: Header = decode(header)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| InvalidJwt)?;
        let typed = ["at+jwt", "application/at+jwt"]
            .iter()
            .any(|typ| header.typ.eq_ignore_ascii_case(typ));
        if header.alg != "HS256" || !typed || header.kid != self.kid {
            return Err(InvalidJwt);
        }
        let signed = crypto::verify(
            signature,
            message.as_bytes(),
            &self.verifying,
            Algorithm::HS256,
        );
        if !signed.unwrap_or(false) {
            return Err(InvalidJwt);
        }
        let payload: Payload = serde_json::from_slice(&payload).map_err(|_| InvalidJwt)?;
        self.judge(&payload, now)
    }

    fn judge(&self, payload: &Payload, now: Timestamp) -> Result<Claims, InvalidJwt> {
        let for_us = match &payload.aud {
            Audience::One(audience) => *audience == self.audience,
            Audience::Many(audiences) => audiences.contains(&self.audience),
        };
        let seconds = now.as_secs();
        let begun = payload.nbf.is_none_or(|nbf| nbf.0 <= seconds);
        if payload.iss != self.issuer || !for_us || !begun || payload.exp.0 <= seconds {
            return Err(InvalidJwt);
        }
        Ok(Claims {
            user: payload.sub.parse().map_err(|_| InvalidJwt)?,
            session: payload.sid.parse().map_err(|_| InvalidJwt)?,
            expires_at: Timestamp::from_millis(payload.exp.0 * 1_000),
        })
    }
}

impl std::fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JwtKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn encode(part: &impl Serialize) -> String {
    let json = serde_json::to_vec(part).expect("strings and numbers are JSON");
    URL_SAFE_NO_PAD.encode(json)
}

fn decode<T: de::DeserializeOwned>(part: &str) -> Result<T, InvalidJwt> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidJwt)?;
    serde_json::from_slice(&json).map_err(|_| InvalidJwt)
}

#[cfg(test)]
mod tests;
