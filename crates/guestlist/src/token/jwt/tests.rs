//! Tests of everything that an attacker can write into a token, as tables: RFC 8725 row by row.
//! These use HS256; `algorithms` tests what is different with key pairs.

mod algorithms;
mod claims;
mod properties;
mod shapes;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;
use crate::{Algorithm, SecretKey, secret_key::Secrets};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const ISSUER: &str = "https://party.example";

fn secret() -> SecretKey {
    SecretKey::weak("HI5HL3V3L$3CR3T").expect("is a key")
}

fn key() -> Jwt {
    let ring = Keyring::new(Algorithm::Hs256, Secrets::new(secret(), None));
    Jwt::new(ring, ISSUER, ISSUER)
}

fn kid(jwt: &Jwt) -> String {
    let ring = jwt.keyring();
    ring.signing(NOW)
        .expect("signs")
        .verifying()
        .kid()
        .to_owned()
}

fn claims() -> Claims {
    Claims {
        user: UserId::new(NOW),
        session: SessionId::new(NOW),
        expires_at: Timestamp::from_millis(NOW.as_millis() + 3_600_000),
    }
}

fn header() -> Value {
    json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid(&key()) })
}

fn payload() -> Value {
    let (user, session) = (
        UserId::new(NOW).to_string(),
        SessionId::new(NOW).to_string(),
    );
    json!({
        "sub": user, "sid": session, "jti": "x", "iss": ISSUER, "aud": ISSUER,
        "iat": NOW.as_secs(), "exp": NOW.as_secs() + 60,
    })
}

/// Returns a token signed with the right key, whatever its content.
fn signed(header: &[u8], payload: &[u8]) -> String {
    let ring = key().keyring();
    jws::sign(header, payload, ring.signing(NOW).expect("signs")).expect("signs")
}

fn token(header: &Value, payload: &Value) -> String {
    signed(
        header.to_string().as_bytes(),
        payload.to_string().as_bytes(),
    )
}

fn accepts(token: &str) -> bool {
    key().verify(token, NOW).is_ok()
}

/// Returns the value with one member replaced, or removed if `to` is `null`.
fn with(mut value: Value, member: &str, to: Value) -> Value {
    let members = value.as_object_mut().expect("is an object");
    if to.is_null() {
        members.remove(member);
    } else {
        members.insert(member.to_owned(), to);
    }
    value
}

#[test]
fn a_signed_token_is_verified_and_read_back() {
    let token = key().sign(&claims(), NOW).expect("signs");
    let read = key().verify(&token, NOW).expect("verifies");
    assert_eq!(read.expires_at.as_secs(), NOW.as_secs() + 3_600);
    assert!(accepts(&token));
    assert!(
        accepts(&self::token(&header(), &payload())),
        "the tables below start from a valid token"
    );
}

#[test]
fn a_token_has_the_registered_claims() {
    let token = key().sign(&claims(), NOW).expect("signs");
    let mut parts = token.split('.');
    let mut part = || -> Value {
        let json = URL_SAFE_NO_PAD
            .decode(parts.next().expect("is there"))
            .expect("decodes");
        serde_json::from_slice(&json).expect("is JSON")
    };
    let (header, payload) = (part(), part());
    assert_eq!(header["alg"], "HS256");
    assert_eq!(header["typ"], "at+jwt");
    let mut names: Vec<_> = payload.as_object().expect("is an object").keys().collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "jti", "sid", "sub"]);
    assert_eq!(payload["iss"], ISSUER);
    assert_eq!(payload["aud"], ISSUER);
    assert_eq!(payload["exp"], NOW.as_secs() + 3_600);
}

/// JW22, RFC 8725, section 3.3
#[test]
fn a_token_with_a_flipped_bit_or_a_missing_end_is_refused() {
    let token = key().sign(&claims(), NOW).expect("signs");
    for at in 0..token.len() {
        for bit in 0..8 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            if let Ok(flipped) = String::from_utf8(bytes) {
                assert!(!accepts(&flipped), "byte {at} bit {bit}");
            }
        }
        assert!(!accepts(&token[..at]), "cut at {at}");
    }
}

/// JW16, JW21, JW22; RFC 8725bis, section 3.14
#[test]
fn only_the_canonical_form_of_a_token_is_accepted() {
    let token = key().sign(&claims(), NOW).expect("signs");
    let parts: Vec<_> = token.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for other in [
        format!("{token}="),
        format!("{token}A"),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}."),
        format!(".{token}"),
        token.replace('.', "%2E"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}..{signature}"),
        format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode([0; 32])),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        json!({ "payload": payload, "protected": header, "signature": signature }).to_string(),
        "x".repeat(100_000),
    ] {
        assert!(!accepts(&other), "{other:.80}");
    }
}

/// JW03, RFC 8725, sections 3.1 and 3.2
#[test]
fn the_key_decides_the_algorithm() {
    for alg in [
        json!("none"),
        json!("None"),
        json!("nOnE"),
        json!("NONE"),
        json!(""),
        json!(null),
        json!([]),
        json!(["HS256"]),
        json!(1),
        json!("HS384"),
        json!("HS512"),
        json!("RS256"),
        json!("ES256"),
        json!("EdDSA"),
        json!("hs256"),
        json!("dir"),
        json!("PBES2-HS256+A128KW"),
    ] {
        let header = with(header(), "alg", alg.clone());
        assert!(!accepts(&token(&header, &payload())), "{alg}");
        let message = token(&header, &payload());
        let unsigned = message.rsplit_once('.').expect("has a dot").0;
        assert!(
            !accepts(&format!("{unsigned}.")),
            "{alg} without a signature"
        );
    }
    let by = |algorithm| {
        let good = token(&header(), &payload());
        let message = good.rsplit_once('.').expect("has a dot").0;
        let secret = hmac::Key::new(algorithm, secret().derive("access token, HS256").as_ref());
        let signature = hmac::sign(&secret, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    assert!(accepts(&by(hmac::HMAC_SHA256)));
    assert!(!accepts(&by(hmac::HMAC_SHA384)));
    assert!(!accepts(&by(hmac::HMAC_SHA512)));
}

/// JW04, JW05, JW07, JW08, JW09, JW20, JW31, JW33; RFC 8725, sections 3.6, 3.10 and 3.11
#[test]
fn a_header_has_our_key_and_type_and_nothing_else() {
    for kid in [
        json!(null),
        json!(""),
        json!("../../../../dev/null"),
        json!("/etc/passwd"),
        json!("' OR '1'='1"),
        json!("`id`"),
        json!("|cat x"),
        json!("\0"),
        json!(1),
        json!([]),
        json!("x".repeat(10_000)),
        json!("unknown"),
    ] {
        assert!(
            !accepts(&token(&with(header(), "kid", kid.clone()), &payload())),
            "{kid}"
        );
    }
    for typ in [
        json!(null),
        json!("JWT"),
        json!("jwt"),
        json!("rt+jwt"),
        json!(""),
        json!(1),
    ] {
        assert!(
            !accepts(&token(&with(header(), "typ", typ.clone()), &payload())),
            "{typ}"
        );
    }
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+JWT",
    ] {
        assert!(
            accepts(&token(&with(header(), "typ", json!(typ)), &payload())),
            "{typ}"
        );
    }
    for (name, value) in [
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/keys")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("crit", json!("exp")),
        ("crit", json!(["unknown"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
        ("p2c", json!(1_000_000_000)),
    ] {
        assert!(
            !accepts(&token(&with(header(), name, value), &payload())),
            "{name}"
        );
    }
}
