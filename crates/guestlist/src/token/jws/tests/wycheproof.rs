//! The vectors of Wycheproof for signatures and keys. They are not part of this repository: the
//! tests look for them in the folder that `GUESTLIST_SHARED` names, or else in `shared` beside the
//! workspace.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;

use super::*;
use crate::Algorithm;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    private: Value,
    public: Option<Value>,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    result: String,
    jws: String,
}

/// By test number: the vectors whose label differs from our result, with the reason.
type SetAside = BTreeMap<u32, &'static str>;

fn vectors(name: &str) -> Option<Vectors> {
    let shared = std::env::var_os("GUESTLIST_SHARED").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = shared.unwrap_or(beside).join("vectors/wycheproof");
    let Ok(json) = fs::read_to_string(folder.join(name)) else {
        #[expect(
            clippy::print_stderr,
            reason = "the person who runs the tests must see this"
        )]
        {
            eprintln!(
                "skipped: {name} of Wycheproof was not found; set GUESTLIST_SHARED to its folder"
            );
        }
        return None;
    };
    Some(serde_json::from_str(&json).expect("has the form of the vectors"))
}

/// Returns the payload, if the key can be read and signed it. The library derives symmetric keys
/// and never reads them as JWKs, so only this test checks their other members.
fn read(jws: &str, jwk: &Value) -> Option<Vec<u8>> {
    let said = |name: &str| jwk.get(name).and_then(Value::as_str);
    // A key without `alg` is tried with the usual algorithm of its type.
    let usual = match said("kty") {
        Some("EC") => "ES256",
        Some("RSA") => "RS256",
        _ => "",
    };
    let algorithm: Algorithm = said("alg").unwrap_or(usual).parse().ok()?;
    if said("kty") != Some("oct") {
        let key = VerifyingKey::from_jwk(algorithm, &jwk.to_string()).ok()?;
        return verify_compact(jws, &key).ok();
    }
    if algorithm != Algorithm::Hs256 || said("use") != Some("sig") {
        return None;
    }
    let secret = URL_SAFE_NO_PAD.decode(said("k")?).ok()?;
    let key = SigningKey::hs256(String::new(), &secret).ok()?;
    verify_compact(jws, key.verifying()).ok()
}

/// JW05, JW21, JW35, RFC 8725, section 3.4
#[test]
fn exactly_the_valid_signatures_of_supported_algorithms_are_accepted() {
    let Some(vectors) = vectors("json_web_signature_test.json") else {
        return;
    };
    let outside = "labelled valid with a character outside the alphabet in it, to be skipped; \
                   RFC 7515, section 2, does not allow such characters, and we refuse them";
    let same = "labelled invalid, and identical to test 357, which is valid";
    let set_aside = SetAside::from([(367, same), (370, same), (372, outside), (373, outside)]);
    let (mut accepted, mut not_offered, mut seen) = (BTreeMap::new(), 0, 0);
    for group in &vectors.test_groups {
        let key = group.public.as_ref().unwrap_or(&group.private);
        let alg = group.private.get("alg").and_then(Value::as_str);
        let offered = alg.is_some_and(|alg| alg.parse::<Algorithm>().is_ok());
        for test in &group.tests {
            seen += 1;
            let accepts = read(&test.jws, key).is_some();
            match set_aside.get(&test.tc_id) {
                Some(why) if *why == same => assert_eq!(Some(&&*test.jws), accepted.get(&357)),
                Some(_) => assert!(!accepts, "test {}", test.tc_id),
                None => {
                    let valid = test.result == "valid";
                    not_offered += u32::from(valid && !offered);
                    assert_eq!(accepts, valid && offered, "test {}", test.tc_id);
                    if accepts {
                        accepted.insert(test.tc_id, &*test.jws);
                    }
                }
            }
        }
    }
    assert_eq!((seen, vectors.number_of_tests), (401, 401));
    assert_eq!(accepted.len(), 18, "{:?}", accepted.keys());
    let others = "valid by RS384, RS512, PS256, PS384, PS512 or ES512, which are not supported";
    assert_eq!(not_offered, 26, "{others}");
}

/// JW35, RFC 8725, section 3.4
#[test]
fn weak_and_mislabelled_keys_are_refused() {
    let Some(vectors) = vectors("json_web_key_test.json") else {
        return;
    };
    let sets = "refused as a set; we read no sets, and in a keyring no two keys have one name";
    let not_offered = "by HS384 or HS512";
    let set_aside = SetAside::from([(1, sets), (4, sets), (14, not_offered), (15, not_offered)]);
    let (mut accepted, mut refused) = (Vec::new(), 0);
    for group in &vectors.test_groups {
        let set = group.public.as_ref().unwrap_or(&group.private);
        let keys = set["keys"].as_array().expect("is a list");
        for test in &group.tests {
            if set_aside.contains_key(&test.tc_id) {
                continue;
            }
            let read = keys.iter().find_map(|key| read(&test.jws, key));
            let valid = test.result == "valid";
            assert_eq!(read.is_some(), valid, "test {}", test.tc_id);
            if read.is_some() {
                accepted.push(test.tc_id);
            } else {
                refused += 1;
            }
        }
    }
    assert_eq!(vectors.number_of_tests, 26);
    assert_eq!((accepted, refused), (vec![2, 5, 13], 19));
}
