use std::time::Duration;

use super::*;
use crate::{Clock, SecretKey, testing::ManualClock};

const HOUR: Duration = Duration::from_secs(60 * 60);
const PUBLIC: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

fn now() -> Timestamp {
    ManualClock::new().now()
}

fn rotation() -> Rotation {
    Rotation::of_tokens_that_live(HOUR)
}

fn ring(algorithm: Algorithm, current: &str, previous: Option<&str>) -> Keyring {
    let secret = |of| SecretKey::weak(of).expect("is a key");
    Keyring::new(
        algorithm,
        Secrets::new(secret(current), previous.map(secret)),
    )
}

/// Returns a key that signs from now on.
fn made(algorithm: Algorithm) -> Key {
    let ring = ring(algorithm, "one", None);
    let life = ring.due(&rotation(), now()).expect("is due");
    ring.make(life).expect("makes a key")
}

fn kid_that_signs(ring: &Keyring, at: Timestamp) -> Option<&str> {
    Some(ring.signing(at)?.verifying().kid())
}

/// The name in tokens from before keyrings existed, which must stay valid.
#[test]
fn the_derived_key_keeps_its_name() {
    let ring = ring(Algorithm::Hs256, "HI5HL3V3L$3CR3T", None);
    assert_eq!(kid_that_signs(&ring, now()), Some("kHr2rqfpvmB5"));
}

#[test]
fn the_previous_secret_only_verifies() {
    let [one, two] = ["one", "two"].map(|of| ring(Algorithm::Hs256, of, None));
    let [one, two] = [&one, &two].map(|ring| kid_that_signs(ring, now()).expect("signs"));
    let both = ring(Algorithm::Hs256, "two", Some("one"));
    assert_eq!(kid_that_signs(&both, now()), Some(two));
    for kid in [one, two] {
        let key = both.verifying(kid, now()).expect("verifies");
        assert_eq!((key.kid(), key.algorithm()), (kid, Algorithm::Hs256));
    }
    let after = ring(Algorithm::Hs256, "two", None);
    assert!(after.verifying(one, now()).is_none());
    assert_eq!(ring(Algorithm::Hs256, "two", Some("two")).derived.len(), 1);
}

#[test]
fn hs256_publishes_nothing_and_needs_no_stored_key() {
    let ring = ring(Algorithm::Hs256, "one", Some("two"));
    let json = serde_json::to_string(&ring.jwks(now())).expect("is JSON");
    assert_eq!(json, r#"{"keys":[]}"#);
    assert_eq!(ring.due(&rotation(), now()), None);
    let life = ring.next(&rotation(), now());
    assert!(matches!(
        ring.make(life),
        Err(NewKeyError::Key(KeyError::Derived))
    ));
}

#[test]
fn the_newest_key_that_may_sign_signs() {
    let hour = |hours: u32| now().plus(HOUR * hours);
    let with_dates = |from: u32, until: u32, algorithm| {
        let mut key = made(algorithm);
        key.signs_from = hour(from);
        key.signs_until = hour(until);
        key
    };
    let older = with_dates(0, 10, Algorithm::EdDsa);
    let newer = with_dates(2, 8, Algorithm::EdDsa);
    let other = with_dates(4, 20, Algorithm::Es256);
    let keys = [newer.clone(), other.clone(), older.clone()];
    let (ring, unusable) = ring(Algorithm::EdDsa, "one", None).with_stored(&keys);
    assert_eq!(unusable, []);
    let just_before = |hours| Timestamp::from_millis(hour(hours).as_millis() - 1);
    for (at, signs) in [
        (just_before(0), None),
        (hour(0), Some(&older)),
        (just_before(2), Some(&older)),
        (hour(2), Some(&newer)),
        (just_before(8), Some(&newer)),
        (hour(8), Some(&older)),
        (just_before(10), Some(&older)),
        (hour(10), None),
    ] {
        let expected = signs.map(|key| key.kid.as_str());
        assert_eq!(kid_that_signs(&ring, at), expected, "at {at}");
    }
    let algorithm = |kid: &str| Some(ring.verifying(kid, now())?.algorithm());
    assert_eq!(algorithm(&other.kid), Some(Algorithm::Es256));
    assert_eq!(algorithm("unknown"), None);
    assert_eq!(algorithm(""), None);
}

#[test]
fn a_key_is_published_until_it_no_longer_verifies() {
    for algorithm in PUBLIC {
        let mut key = made(algorithm);
        key.signs_from = now().plus(HOUR);
        key.verifies_until = now().plus(HOUR * 3);
        let (ring, _) = ring(algorithm, "one", None).with_stored(std::slice::from_ref(&key));
        let last = Timestamp::from_millis(key.verifies_until.as_millis() - 1);
        for (at, published) in [(now(), 1), (last, 1), (key.verifies_until, 0)] {
            let json = serde_json::to_value(ring.jwks(at)).expect("is JSON");
            let keys = json["keys"].as_array().expect("is a list");
            assert_eq!(keys.len(), published, "{algorithm} at {at}");
            assert_eq!(ring.verifying(&key.kid, at).is_some(), published == 1);
            for published in keys {
                let public: serde_json::Value = serde_json::from_str(&key.public).expect("is JSON");
                assert_eq!(*published, public);
            }
        }
    }
}

#[test]
fn a_forged_record_is_not_used_as_a_key() {
    let unusable = |record: Key, of: &str| {
        let (ring, unusable) = ring(Algorithm::EdDsa, of, None).with_stored(&[record]);
        assert!(ring.stored.is_empty() || unusable.is_empty());
        unusable.into_iter().next().map(|(_, why)| why)
    };
    for algorithm in PUBLIC {
        let (key, other) = (made(algorithm), made(algorithm));
        assert_eq!(unusable(key.clone(), "one"), None);
        let sealed = Some(UnusableKey::Sealed(OpenError));
        assert_eq!(unusable(key.clone(), "two"), sealed);
        let with = |change: &dyn Fn(&mut Key)| {
            let mut key = key.clone();
            change(&mut key);
            unusable(key, "one")
        };
        assert_eq!(with(&|key| key.kid = other.kid.clone()), sealed);
        assert_eq!(with(&|key| key.sealed = other.sealed.clone()), sealed);
        assert_eq!(with(&|key| key.algorithm = "HS256".to_owned()), sealed);
        let unknown = with(&|key| key.algorithm = "ML-DSA-44".to_owned());
        assert_eq!(unknown, Some(UnusableKey::Algorithm(NoSuchAlgorithm)));
        let public = with(&|key| key.public = other.public.clone());
        assert_eq!(public, Some(UnusableKey::Mismatch));
        let public = with(&|key| key.public = "{}".to_owned());
        assert_eq!(public, Some(UnusableKey::Key(KeyError::Malformed)));
        // A key that we encrypted, under a name that is not its own.
        let secret = SecretKey::weak("one").expect("is a key");
        let pkcs8 = generate(algorithm).expect("makes a key");
        let sealed = sealed::seal(&pkcs8, &key.kid, algorithm, &secret).expect("seals");
        let misnamed = with(&|key| key.sealed = sealed.clone());
        assert_eq!(misnamed, Some(UnusableKey::Mismatch));
    }
}

#[test]
fn a_key_that_is_stored_twice_counts_once() {
    let key = made(Algorithm::EdDsa);
    let twice = [key.clone(), key.clone()];
    let (ring, unusable) = ring(Algorithm::EdDsa, "one", None).with_stored(&twice);
    assert_eq!(unusable, [(key.kid, UnusableKey::Twice)]);
    assert_eq!(ring.jwks(now()).keys.len(), 1);
}

#[test]
fn a_key_of_the_previous_secret_signs_until_a_new_key_signs() {
    let old = made(Algorithm::EdDsa);
    let (ring, _) =
        ring(Algorithm::EdDsa, "two", Some("one")).with_stored(std::slice::from_ref(&old));
    assert_eq!(kid_that_signs(&ring, now()), Some(old.kid.as_str()));
    let life = ring.due(&rotation(), now()).expect("is due");
    let new = ring.make(life).expect("makes a key");
    let (ring, unusable) = ring.with_stored(&[old.clone(), new.clone()]);
    assert_eq!(unusable, []);
    assert_eq!(ring.due(&rotation(), now()), None);
    assert_eq!(kid_that_signs(&ring, now()), Some(old.kid.as_str()));
    assert_eq!(
        kid_that_signs(&ring, now().plus(HOUR)),
        Some(new.kid.as_str())
    );
    let ended = ring.succeeded(&rotation());
    let [(kid, life)] = &ended[..] else {
        panic!("one key is replaced: {ended:?}");
    };
    assert_eq!((kid, life.signs_until), (&old.kid, new.signs_from));
}
