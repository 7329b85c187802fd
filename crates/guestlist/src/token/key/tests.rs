use super::*;

const STORED: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

fn jwk(json: &serde_json::Value, algorithm: Algorithm) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_jwk(algorithm, &json.to_string())
}

fn base64url(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn a_new_keys_signature_is_verified_by_its_public_half() {
    for algorithm in STORED {
        let pkcs8 = generate(algorithm).expect("is made");
        let key = SigningKey::from_pkcs8(algorithm, &pkcs8).expect("is a key");
        let signature = key.sign(b"a message").expect("signs");
        let json = serde_json::to_string(key.verifying().jwk().expect("is public"));
        let public = VerifyingKey::from_jwk(algorithm, &json.expect("is JSON")).expect("is a key");
        assert_eq!(public.kid(), key.verifying().kid());
        assert_eq!(public.algorithm(), algorithm);
        assert!(public.verify(b"a message", &signature).is_ok());
        assert!(public.verify(b"A message", &signature).is_err());
        for other in [&signature[1..], &signature[..signature.len() - 1], &[]] {
            assert!(public.verify(b"a message", other).is_err(), "{algorithm}");
        }
        let longer = [&signature[..], &[0]].concat();
        assert!(public.verify(b"a message", &longer).is_err(), "{algorithm}");
    }
}

#[test]
fn a_private_key_is_read_only_as_its_own_algorithm() {
    for made in STORED {
        let pkcs8 = generate(made).expect("is made");
        for read in Algorithm::ALL {
            let key = SigningKey::from_pkcs8(read, &pkcs8);
            assert_eq!(key.is_ok(), made == read, "{made} as {read}");
        }
        for at in [0, 1, pkcs8.len() / 2, pkcs8.len() - 1] {
            let cut = SigningKey::from_pkcs8(made, &pkcs8[..at]);
            assert!(cut.is_err(), "{made} cut at {at}");
        }
    }
    assert_eq!(generate(Algorithm::Hs256), Err(KeyError::Derived));
}

/// RFC 8725, section 3.5
#[test]
fn a_secret_of_hs256_has_at_least_32_bytes() {
    let key = |bytes: usize| SigningKey::hs256("a".to_owned(), &vec![7; bytes]);
    for (bytes, is_key) in [(0, false), (31, false), (32, true), (64, true), (65, true)] {
        assert_eq!(key(bytes).is_ok(), is_key, "{bytes}");
    }
}

#[test]
fn a_weak_rs256_public_key_is_refused() {
    let pkcs8 = generate(Algorithm::Rs256).expect("is made");
    let good = SigningKey::from_pkcs8(Algorithm::Rs256, &pkcs8).expect("is a key");
    let good = serde_json::to_value(good.verifying().jwk()).expect("is JSON");
    let with = |name: &str, bytes: &[u8]| {
        let mut json = good.clone();
        json[name] = base64url(bytes).into();
        jwk(&json, Algorithm::Rs256).map(drop)
    };
    assert_eq!(jwk(&good, Algorithm::Rs256).map(drop), Ok(()));
    let odd = |bytes: usize, first: u8| {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = first;
        modulus
    };
    assert_eq!(with("n", &odd(256, 0x80)), Ok(()), "2048 bits");
    assert_eq!(with("n", &odd(256, 0x7f)), Err(KeyError::Weak), "2047 bits");
    assert_eq!(with("n", &odd(128, 0xff)), Err(KeyError::Weak), "1024 bits");
    for e in [&[1][..], &[3], &[1, 0, 0], &[1, 0, 1, 0, 1]] {
        assert_eq!(with("e", e), Err(KeyError::Weak), "{e:?}");
    }
}

/// CVE-2017-15361: a modulus that is a power of 65537 has the form of such a key.
#[test]
fn an_rs256_key_of_the_weak_smart_card_form_is_refused() {
    let times_65537 = |number: Vec<u8>| {
        let mut carry = 0;
        let shifted = [&number[..], &[0, 0]].concat();
        let added = [&[0, 0], &number[..]].concat();
        let sum = shifted.iter().zip(&added).rev().map(|(one, other)| {
            let sum = u16::from(*one) + u16::from(*other) + carry;
            carry = sum >> 8;
            sum.to_le_bytes()[0]
        });
        let mut sum: Vec<u8> = sum.collect();
        assert_eq!(carry, 0);
        sum.reverse();
        sum
    };
    let power = (0..128).fold(vec![1], |power, _| times_65537(power));
    assert_eq!((power.len(), power[0]), (257, 1), "2049 bits");
    let read = |n: &[u8]| {
        let json = serde_json::json!({ "kty": "RSA", "n": base64url(n), "e": "AQAB" });
        jwk(&json, Algorithm::Rs256).map(drop)
    };
    assert_eq!(read(&power), Err(KeyError::Weak));
    let mut other = power;
    other[100] ^= 1;
    assert_eq!(read(&other), Ok(()));
}

#[test]
fn a_point_that_is_not_on_the_curve_is_refused() {
    let pkcs8 = generate(Algorithm::Es256).expect("is made");
    let good = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).expect("is a key");
    let good = serde_json::to_value(good.verifying().jwk()).expect("is JSON");
    assert!(jwk(&good, Algorithm::Es256).is_ok());
    for (x, y) in [
        ([0; 32], [0; 32]),
        ([0xff; 32], [0xff; 32]),
        ([1; 32], [1; 32]),
    ] {
        let mut json = good.clone();
        json["x"] = base64url(&x).into();
        json["y"] = base64url(&y).into();
        assert_eq!(
            jwk(&json, Algorithm::Es256).map(drop),
            Err(KeyError::Malformed)
        );
    }
    let mut swapped = good.clone();
    swapped["x"] = good["y"].clone();
    swapped["y"] = good["x"].clone();
    assert!(jwk(&swapped, Algorithm::Es256).is_err());
}

#[test]
fn a_published_key_has_the_standard_members_and_nothing_private() {
    for (algorithm, members) in [
        (
            Algorithm::EdDsa,
            &["alg", "crv", "kid", "kty", "use", "x"][..],
        ),
        (
            Algorithm::Es256,
            &["alg", "crv", "kid", "kty", "use", "x", "y"],
        ),
        (Algorithm::Rs256, &["alg", "e", "kid", "kty", "n", "use"]),
    ] {
        let pkcs8 = generate(algorithm).expect("is made");
        let key = SigningKey::from_pkcs8(algorithm, &pkcs8).expect("is a key");
        let json = serde_json::to_value(key.verifying().jwk()).expect("is JSON");
        let mut names: Vec<_> = json.as_object().expect("is an object").keys().collect();
        names.sort_unstable();
        assert_eq!(names, members, "{algorithm}");
        assert_eq!(json["kid"], key.verifying().kid());
        assert_eq!(json["alg"], algorithm.as_str());
        assert_eq!(json["use"], "sig");
        let shown = format!("{key:?}");
        assert_eq!(
            shown,
            format!("SigningKey({algorithm} {})", key.verifying().kid())
        );
    }
}
