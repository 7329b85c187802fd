//! Tests of tokens that other services can verify, which are signed with key pairs.

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
    },
};

use super::*;
use crate::{
    Key,
    token::{
        KeyLife,
        key::{Pkcs8, SigningKey},
        sealed,
    },
};

pub(super) const PUBLIC: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

const LIFE: KeyLife = KeyLife {
    created_at: NOW,
    signs_from: NOW,
    signs_until: Timestamp::from_millis(NOW.as_millis() + 1_000_000),
    verifies_until: Timestamp::from_millis(NOW.as_millis() + 2_000_000),
};

/// Two keys of each algorithm, created once.
static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let make = |algorithm| ring(algorithm).make(LIFE).expect("makes a key");
    PUBLIC
        .into_iter()
        .flat_map(|algorithm| [make(algorithm), make(algorithm)])
        .collect()
});

fn ring(algorithm: Algorithm) -> Keyring {
    Keyring::new(algorithm, Secrets::new(secret(), None))
}

fn keys_of(algorithm: Algorithm) -> impl Iterator<Item = &'static Key> {
    KEYS.iter()
        .filter(move |key| key.algorithm == algorithm.as_str())
}

/// Returns a [`Jwt`] that signs with this algorithm and has one key.
pub(super) fn jwt_of(algorithm: Algorithm) -> Jwt {
    let key: Vec<_> = keys_of(algorithm).take(1).cloned().collect();
    let (ring, unusable) = ring(algorithm).with_stored(&key);
    assert_eq!(unusable, []);
    Jwt::new(ring, ISSUER, ISSUER)
}

fn algorithm(record: &Key) -> Algorithm {
    record.algorithm.parse().expect("is one of ours")
}

fn pkcs8(record: &Key) -> Pkcs8 {
    let secrets = Secrets::new(secret(), None);
    let opened = sealed::open(&record.sealed, &record.kid, algorithm(record), &secrets);
    opened.expect("opens").0
}

/// Returns the private key of a record.
fn opened(record: &Key) -> SigningKey {
    SigningKey::from_pkcs8(algorithm(record), &pkcs8(record)).expect("is a key")
}

/// Returns the public key of a record in the form of certificates (RFC 5280, section 4.1.2.7).
fn subject_public_key_info(record: &Key) -> Vec<u8> {
    let pkcs8 = pkcs8(record);
    let der: PublicKeyX509Der<'_> = match algorithm(record) {
        Algorithm::Hs256 => unreachable!("no store has one"),
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).expect("is a key");
            pair.public_key().as_der().expect("is written")
        }
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8);
            pair.expect("is a key")
                .public_key()
                .as_der()
                .expect("is written")
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(&pkcs8).expect("is a key");
            pair.public_key().as_der().expect("is written")
        }
    };
    der.as_ref().to_vec()
}

fn header(alg: &str, kid: &str) -> Value {
    json!({ "alg": alg, "typ": "at+jwt", "kid": kid })
}

fn signed_by(key: &SigningKey, header: &Value) -> String {
    let (header, payload) = (header.to_string(), payload().to_string());
    jws::sign(header.as_bytes(), payload.as_bytes(), key).expect("signs")
}

/// Returns a token with this header and any signature.
fn with_signature(header: &Value, signature: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", part(header), part(&payload()));
    let signature = signature(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_signed_token_is_read_back_with_every_algorithm() {
    for algorithm in PUBLIC {
        let (jwt, claims) = (jwt_of(algorithm), claims());
        let token = jwt.sign(&claims, NOW).expect("signs");
        assert_eq!(jwt.verify(&token, NOW).expect("verifies"), claims);
        let header = token.split('.').next().expect("is there");
        let header = URL_SAFE_NO_PAD.decode(header).expect("decodes");
        let header: Value = serde_json::from_slice(&header).expect("is JSON");
        assert_eq!(header, self::header(algorithm.as_str(), &kid(&jwt)));
    }
}

/// RFC 8725, section 3.3
#[test]
fn a_token_with_a_flipped_bit_or_a_missing_end_is_refused_with_every_algorithm() {
    for algorithm in PUBLIC {
        let jwt = jwt_of(algorithm);
        let token = jwt.sign(&claims(), NOW).expect("signs");
        for at in 0..token.len() {
            for bit in 0..8 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                if let Ok(flipped) = String::from_utf8(bytes) {
                    let read = jwt.verify(&flipped, NOW);
                    assert!(read.is_err(), "{algorithm} byte {at} bit {bit}");
                }
            }
            assert!(
                jwt.verify(&token[..at], NOW).is_err(),
                "{algorithm} cut at {at}"
            );
        }
    }
}

/// RFC 8725, sections 3.1 and 3.2
#[test]
fn a_key_verifies_its_own_algorithm_only() {
    for algorithm in PUBLIC {
        let (jwt, key) = (
            jwt_of(algorithm),
            opened(keys_of(algorithm).next().expect("is there")),
        );
        let kid = key.verifying().kid();
        for alg in [
            "none", "None", "nOnE", "NONE", "", "HS256", "HS384", "HS512", "EdDSA", "Ed25519",
            "Ed448", "ES256", "ES256K", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256",
            "RSA-OAEP", "dir",
        ] {
            let header = header(alg, kid);
            let token = signed_by(&key, &header);
            let own = alg == algorithm.as_str();
            assert_eq!(jwt.verify(&token, NOW).is_ok(), own, "{alg} by {algorithm}");
            let unsigned = with_signature(&header, |_| Vec::new());
            assert!(
                jwt.verify(&unsigned, NOW).is_err(),
                "{alg} without a signature"
            );
        }
    }
}

/// JW02, RFC 8725, section 3.1, CVE-2016-10555 and similar ones: the public key is public, so it
/// must never verify a MAC.
#[test]
fn a_public_key_is_never_used_as_an_hs256_secret() {
    for algorithm in PUBLIC {
        let (jwt, record) = (
            jwt_of(algorithm),
            keys_of(algorithm).next().expect("is there"),
        );
        let jwk: Value = serde_json::from_str(&record.public).expect("is JSON");
        let number = |name: &str| {
            let text = jwk[name].as_str().unwrap_or_default();
            URL_SAFE_NO_PAD.decode(text).expect("decodes")
        };
        let jwks = serde_json::to_vec(&jwt.keyring().jwks(NOW)).expect("is JSON");
        let der = subject_public_key_info(record);
        let pem = {
            let text = base64::engine::general_purpose::STANDARD.encode(&der);
            let lines: Vec<_> = text
                .as_bytes()
                .chunks(64)
                .map(String::from_utf8_lossy)
                .collect();
            let lines = lines.join("\n");
            format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----")
        };
        for secret in [
            record.public.clone().into_bytes(),
            jwks,
            number("x"),
            number("n"),
            [vec![4], number("x"), number("y")].concat(),
            der,
            pem.clone().into_bytes(),
            format!("{pem}\n").into_bytes(),
            record.kid.clone().into_bytes(),
            Vec::new(),
        ] {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            for (alg, kid) in [
                ("HS256", record.kid.as_str()),
                ("HS256", &kid(&key())),
                (algorithm.as_str(), &record.kid),
            ] {
                let mac = |message: &[u8]| hmac::sign(&secret, message).as_ref().to_vec();
                let token = with_signature(&header(alg, kid), mac);
                assert!(
                    jwt.verify(&token, NOW).is_err(),
                    "{algorithm} as {alg} {kid}"
                );
            }
        }
    }
}

/// RFC 8725, sections 3.1 and 3.8
#[test]
fn a_key_cannot_sign_under_another_keys_name() {
    let (all, unusable) = ring(Algorithm::EdDsa).with_stored(&KEYS);
    assert_eq!(unusable, []);
    let jwt = Jwt::new(all, ISSUER, ISSUER);
    let mut names: Vec<_> = KEYS
        .iter()
        .map(|key| (algorithm(key), key.kid.clone()))
        .collect();
    names.push((Algorithm::Hs256, kid(&key())));
    for record in KEYS.iter() {
        let key = opened(record);
        for (others, kid) in &names {
            for alg in [algorithm(record), *others] {
                let token = signed_by(&key, &header(alg.as_str(), kid));
                let own = *kid == record.kid;
                assert_eq!(jwt.verify(&token, NOW).is_ok(), own, "{alg} {kid}");
            }
        }
    }
}

/// JW05, JW07, RFC 8725, section 3.10, CVE-2018-0114: a header never contains or fetches its key.
#[test]
fn a_token_cannot_bring_its_own_key() {
    for algorithm in PUBLIC {
        let jwt = jwt_of(algorithm);
        let [ours, theirs] = [0, 1].map(|at| keys_of(algorithm).nth(at).expect("is there"));
        let jwk: Value = serde_json::from_str(&theirs.public).expect("is JSON");
        let attacker = opened(theirs);
        for kid in [
            &ours.kid,
            &theirs.kid,
            "",
            "../../../../dev/null",
            "' OR '1'='1",
            "\0",
        ] {
            let plain = header(algorithm.as_str(), kid);
            assert!(
                jwt.verify(&signed_by(&attacker, &plain), NOW).is_err(),
                "{kid}"
            );
            for (name, value) in [
                ("jwk", jwk.clone()),
                ("jku", json!("https://evil.example/keys")),
                ("x5u", json!("https://evil.example/keys")),
                ("x5c", json!(["AAAA"])),
                ("crit", json!(["exp"])),
                ("b64", json!(false)),
            ] {
                let header = with(plain.clone(), name, value);
                for key in [&attacker, &opened(ours)] {
                    assert!(jwt.verify(&signed_by(key, &header), NOW).is_err(), "{name}");
                }
            }
        }
    }
}

/// JW23, RFC 8725, section 3.4, CVE-2022-21449 and similar ones.
#[test]
fn an_es256_signature_must_be_two_numbers_in_range() {
    let (jwt, record) = (jwt_of(Algorithm::Es256), keys_of(Algorithm::Es256).next());
    let record = record.expect("is there");
    let header = header("ES256", &record.kid);
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8(record));
    let pair = pair.expect("is a key");
    let der = with_signature(&header, |message| {
        let random = aws_lc_rs::rand::SystemRandom::new();
        pair.sign(&random, message)
            .expect("signs")
            .as_ref()
            .to_vec()
    });
    assert!(jwt.verify(&der, NOW).is_err(), "DER");
    let key = opened(record);
    let raw = |change: fn(Vec<u8>) -> Vec<u8>| {
        let token = with_signature(&header, |message| change(key.sign(message).expect("signs")));
        jwt.verify(&token, NOW).is_ok()
    };
    assert!(raw(|signature| signature));
    assert!(!raw(|_| vec![0; 64]));
    assert!(!raw(
        |_| [vec![0; 31], vec![1], vec![0; 31], vec![1]].concat()
    ));
    assert!(!raw(|signature| [&signature[..32], &ORDER[..]].concat()));
    assert!(!raw(|signature| [&ORDER[..], &signature[32..]].concat()));
    assert!(!raw(|signature| [&[0], &signature[..]].concat()));
    assert!(!raw(|signature| [&signature[..], &[0]].concat()));
    assert!(!raw(|signature| signature[..63].to_vec()));
    // It is easy to turn a signature into a second valid one (RFC 7518 does not forbid it). So the
    // bytes of a token never identify it: an end affects the session, not the token.
    assert!(raw(|signature| [
        &signature[..32],
        &minus(&signature[32..])
    ]
    .concat()));
}

/// The order of P-256 (SEC 2, section 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Returns the order minus this number.
fn minus(number: &[u8]) -> Vec<u8> {
    let mut borrow = false;
    let mut difference: Vec<u8> = ORDER
        .iter()
        .zip(number)
        .rev()
        .map(|(of, less)| {
            let (rest, one) = of.overflowing_sub(*less);
            let (rest, two) = rest.overflowing_sub(u8::from(borrow));
            borrow = one || two;
            rest
        })
        .collect();
    difference.reverse();
    difference
}

#[test]
fn a_key_verifies_until_its_end_and_hs256_without_end() {
    for algorithm in PUBLIC {
        let jwt = jwt_of(algorithm);
        let in_two_hours = Timestamp::from_millis(NOW.as_millis() + 7_200_000);
        let claims = Claims {
            expires_at: in_two_hours,
            ..claims()
        };
        let token = jwt.sign(&claims, NOW).expect("signs");
        let by_secret = key().sign(&claims, NOW).expect("signs");
        for (now, verifies) in [
            (LIFE.signs_until, true),
            (
                Timestamp::from_millis(LIFE.verifies_until.as_millis() - 1),
                true,
            ),
            (LIFE.verifies_until, false),
        ] {
            assert_eq!(
                jwt.verify(&token, now).is_ok(),
                verifies,
                "{algorithm} at {now}"
            );
            assert!(jwt.verify(&by_secret, now).is_ok(), "HS256 at {now}");
        }
        assert!(jwt.sign(&claims, LIFE.signs_until).is_err());
    }
}
