//! Tests of signed messages without the rules for access tokens: the examples of the standards, and
//! the vectors of Wycheproof.

mod examples;
mod wycheproof;

use serde::Deserialize;

use super::*;

/// A header by RFC 7515, without our own rules: `typ` and `kid` are optional. A critical extension
/// is refused (section 4.1.11).
#[derive(Deserialize)]
struct AnyHeader {
    alg: String,
    crit: Option<serde_json::Value>,
}

/// Returns the payload, if this key signed it.
fn verify_compact(compact: &str, key: &VerifyingKey) -> Result<Vec<u8>, InvalidJws> {
    let jws = Jws::parse(compact)?;
    let header: AnyHeader = serde_json::from_slice(jws.header()).map_err(|_| InvalidJws)?;
    if header.crit.is_some() {
        return Err(InvalidJws);
    }
    jws.verify(&header.alg, key)
}

#[test]
fn a_message_over_8_kib_is_refused() {
    let key = SigningKey::hs256("a".to_owned(), &[7; 32]).expect("is a key");
    let of_length = |payload: usize| {
        let header = br#"{"alg":"HS256"}"#;
        sign(header, &vec![b'x'; payload], &key).expect("signs")
    };
    let (fits, longer) = (of_length(6_095), of_length(6_096));
    assert_eq!((fits.len(), longer.len()), (MAX_BYTES, MAX_BYTES + 1));
    assert!(verify_compact(&fits, key.verifying()).is_ok());
    assert!(verify_compact(&longer, key.verifying()).is_err());
}
