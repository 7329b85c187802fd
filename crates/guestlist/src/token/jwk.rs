//! Public keys as JSON Web Keys (RFC 7517), each named by its thumbprint (RFC 7638). Private and
//! symmetric keys are never written in this form.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::Algorithm;

/// The public keys that verify access tokens: the content of `/.well-known/jwks.json` (RFC 7517,
/// section 5). The list is empty if tokens are signed only with HS256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    pub(crate) keys: Vec<Jwk>,
}

/// One public key. Reading refuses unknown members, above all `d`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jwk {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_ops: Option<Vec<String>>,
}

/// The parameters of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicNumbers {
    /// A public key of Ed25519 (RFC 8032, section 5.1.5).
    Ed25519([u8; 32]),
    /// The two coordinates, big-endian.
    P256([u8; 32], [u8; 32]),
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa(Vec<u8>, Vec<u8>),
}

/// The text is not a JWK of its algorithm: it is malformed, for another use, or has a missing or an
/// extra member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is malformed, or for another use")]
pub(crate) struct JwkError;

impl PublicNumbers {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::P256(..) => Algorithm::Es256,
            Self::Rsa(..) => Algorithm::Rs256,
        }
    }
}

impl From<&PublicNumbers> for Jwk {
    fn from(numbers: &PublicNumbers) -> Self {
        let mut jwk = Self {
            kty: String::new(),
            crv: None,
            x: None,
            y: None,
            n: None,
            e: None,
            kid: None,
            alg: Some(numbers.algorithm().to_string()),
            purpose: Some("sig".to_owned()),
            key_ops: None,
        };
        let text = |bytes: &[u8]| Some(URL_SAFE_NO_PAD.encode(bytes));
        match numbers {
            PublicNumbers::Ed25519(x) => {
                jwk.kty = "OKP".to_owned();
                jwk.crv = Some("Ed25519".to_owned());
                jwk.x = text(x);
            }
            PublicNumbers::P256(x, y) => {
                jwk.kty = "EC".to_owned();
                jwk.crv = Some("P-256".to_owned());
                jwk.x = text(x);
                jwk.y = text(y);
            }
            PublicNumbers::Rsa(n, e) => {
                jwk.kty = "RSA".to_owned();
                jwk.n = text(n);
                jwk.e = text(e);
            }
        }
        jwk.kid = Some(thumbprint(numbers));
        jwk
    }
}

impl Jwk {
    /// Parses the JSON of a public key. [`numbers`](Self::numbers) checks its members.
    pub(crate) fn parse(json: &str) -> Result<Self, JwkError> {
        serde_json::from_str(json).map_err(|_| JwkError)
    }

    /// Returns the parameters of a key for this algorithm. Does not check that they form a valid
    /// key.
    ///
    /// # Errors
    ///
    /// The key is for another use, has a missing or an extra member, or a parameter that is not in
    /// its canonical form (RFC 7518, section 6).
    pub(crate) fn numbers(&self, algorithm: Algorithm) -> Result<PublicNumbers, JwkError> {
        let meant = |name: &Option<String>, what| name.as_ref().is_none_or(|name| name == what);
        let signs = self.key_ops.as_ref().is_none_or(|ops| ops == &["verify"]);
        if !meant(&self.alg, algorithm.as_str()) || !meant(&self.purpose, "sig") || !signs {
            return Err(JwkError);
        }
        let names = (self.kty.as_str(), self.crv.as_deref());
        match (algorithm, names, &self.x, &self.y, &self.n, &self.e) {
            (Algorithm::EdDsa, ("OKP", Some("Ed25519")), Some(x), None, None, None) => {
                Ok(PublicNumbers::Ed25519(fixed(x)?))
            }
            (Algorithm::Es256, ("EC", Some("P-256")), Some(x), Some(y), None, None) => {
                Ok(PublicNumbers::P256(fixed(x)?, fixed(y)?))
            }
            (Algorithm::Rs256, ("RSA", None), None, None, Some(n), Some(e)) => {
                Ok(PublicNumbers::Rsa(positive(n)?, positive(e)?))
            }
            _ => Err(JwkError),
        }
    }
}

/// Returns the SHA-256 of the required members in the order of their names, without whitespace (RFC
/// 7638, section 3; RFC 8037, section 2).
pub(crate) fn thumbprint(numbers: &PublicNumbers) -> String {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let members = match numbers {
        PublicNumbers::Ed25519(x) => {
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x))
        }
        PublicNumbers::P256(x, y) => {
            let (x, y) = (text(x), text(y));
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
        }
        PublicNumbers::Rsa(n, e) => {
            let (n, e) = (text(n), text(e));
            format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
        }
    };
    URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
}

fn bytes(text: &str) -> Result<Vec<u8>, JwkError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwkError)
}

/// Decodes a number of exactly 32 bytes, with its leading zeros (RFC 7518, section 6.2.1.2).
fn fixed(text: &str) -> Result<[u8; 32], JwkError> {
    bytes(text)?.try_into().map_err(|_| JwkError)
}

/// Decodes a number without leading zeros (RFC 7518, section 2, `Base64urlUInt`).
fn positive(text: &str) -> Result<Vec<u8>, JwkError> {
    let bytes = bytes(text)?;
    if bytes.first().is_none_or(|first| *first == 0) {
        return Err(JwkError);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, algorithm: Algorithm) -> Result<PublicNumbers, JwkError> {
        Jwk::parse(json)?.numbers(algorithm)
    }

    #[test]
    fn the_thumbprints_are_those_of_the_standards() {
        let rsa = include_str!("rfc/7638_3.1.jwk.json");
        let numbers = read(rsa, Algorithm::Rs256).expect("is a key");
        let expected = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        assert_eq!(thumbprint(&numbers), expected);
        let ed25519 = include_str!("rfc/8037_a.2.jwk.json");
        let numbers = read(ed25519, Algorithm::EdDsa).expect("is a key");
        let expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(thumbprint(&numbers), expected);
    }

    #[test]
    fn a_written_key_is_read_back() {
        for numbers in [
            PublicNumbers::Ed25519([7; 32]),
            PublicNumbers::P256([0; 32], [1; 32]),
            PublicNumbers::Rsa(vec![200; 256], vec![1, 0, 1]),
        ] {
            let json = serde_json::to_string(&Jwk::from(&numbers)).expect("is JSON");
            for algorithm in Algorithm::ALL {
                let read = read(&json, algorithm).ok();
                let expected = (algorithm == numbers.algorithm()).then(|| numbers.clone());
                assert_eq!(read, expected, "{algorithm} {json}");
            }
        }
    }

    #[test]
    fn a_key_in_another_form_or_for_another_use_is_refused() {
        let x = URL_SAFE_NO_PAD.encode([7; 32]);
        let good = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
        assert!(read(&good, Algorithm::EdDsa).is_ok());
        let with = |member: &str| good.replacen('{', &format!("{{{member},"), 1);
        for member in [
            r#""use":"sig""#,
            r#""alg":"EdDSA""#,
            r#""kid":"a""#,
            r#""key_ops":["verify"]"#,
        ] {
            assert!(read(&with(member), Algorithm::EdDsa).is_ok(), "{member}");
        }
        for member in [
            r#""use":"enc""#,
            r#""alg":"ES256""#,
            r#""alg":"none""#,
            r#""key_ops":["sign"]"#,
            r#""key_ops":["verify","encrypt"]"#,
            r#""key_ops":[]"#,
            r#""d":"AAAA""#,
            r#""k":"AAAA""#,
            r#""x5u":"https://evil.example""#,
            r#""kty":"OKP""#,
            r#""y":"AAAA""#,
        ] {
            assert!(read(&with(member), Algorithm::EdDsa).is_err(), "{member}");
        }
        for other in [
            format!("{x}="),
            format!("{x} "),
            x[1..].to_owned(),
            format!("{x}AA"),
            x.replace('c', "+"),
            String::new(),
            // The last two bits are unused, and must be zero.
            format!("{}d", &x[..42]),
        ] {
            let json = good.replace(&x, &other);
            assert!(read(&json, Algorithm::EdDsa).is_err(), "{json}");
        }
        for zero in ["", "AAEAAQ"] {
            let json = format!(r#"{{"kty":"RSA","n":"AQAB","e":"{zero}"}}"#);
            assert!(read(&json, Algorithm::Rs256).is_err(), "{json}");
        }
    }
}
