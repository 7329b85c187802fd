//! The examples of RFC 7515 (appendices A.1 to A.3) and RFC 8037 (A.4 and A.5), in
//! `rfc/examples.json`.

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPairComponents, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
    },
};
use serde_json::Value;

use super::*;
use crate::Algorithm;

#[derive(Deserialize)]
struct Example {
    source: String,
    algorithm: String,
    /// A private JWK.
    key: Value,
    jws: String,
}

fn examples() -> Vec<Example> {
    let json = include_str!("../../rfc/examples.json");
    let examples: Vec<Example> = serde_json::from_str(json).expect("is JSON");
    assert_eq!(examples.len(), 4);
    examples
}

impl Example {
    fn number(&self, name: &str) -> Vec<u8> {
        let text = self.key[name].as_str().expect("is there");
        URL_SAFE_NO_PAD.decode(text).expect("is base64url")
    }

    /// Returns the key, read from PKCS#8 as for a stored key.
    fn key(&self) -> SigningKey {
        let algorithm: Algorithm = self.algorithm.parse().expect("is one");
        let pkcs8 = match algorithm {
            Algorithm::Hs256 => {
                let key = SigningKey::hs256(String::new(), &self.number("k"));
                return key.expect("is a key");
            }
            Algorithm::EdDsa => {
                let (d, x) = (self.number("d"), self.number("x"));
                let pair = Ed25519KeyPair::from_seed_and_public_key(&d, &x).expect("is a key");
                pair.to_pkcs8v1().expect("is written").as_ref().to_vec()
            }
            Algorithm::Es256 => {
                let point = [vec![4], self.number("x"), self.number("y")].concat();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &self.number("d"),
                    &point,
                );
                let pair = pair.expect("is a key");
                assert_eq!(pair.public_key().as_ref(), point);
                pair.to_pkcs8v1().expect("is written").as_ref().to_vec()
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_components(&KeyPairComponents {
                    public_key: PublicKeyComponents {
                        n: self.number("n"),
                        e: self.number("e"),
                    },
                    d: self.number("d"),
                    p: self.number("p"),
                    q: self.number("q"),
                    dP: self.number("dp"),
                    dQ: self.number("dq"),
                    qInv: self.number("qi"),
                });
                let der = pair.expect("is a key").as_der().expect("is written");
                der.as_ref().to_vec()
            }
        };
        SigningKey::from_pkcs8(algorithm, &pkcs8).expect("is a key")
    }
}

#[test]
fn the_examples_of_the_standards_verify_only_with_their_own_keys() {
    let examples = examples();
    for example in &examples {
        for other in &examples {
            let read = verify_compact(&example.jws, other.key().verifying());
            let own = example.source == other.source;
            assert_eq!(read.is_ok(), own, "{} by {}", example.source, other.source);
        }
    }
}

#[test]
fn our_signatures_equal_those_of_the_standards() {
    for example in examples() {
        let (key, jws) = (example.key(), Jws::parse(&example.jws).expect("is one"));
        let ours = sign(&jws.header, &jws.payload, &key).expect("signs");
        // ECDSA uses a random number for each signature.
        let same = key.verifying().algorithm() != Algorithm::Es256;
        assert_eq!(ours == example.jws, same, "{}", example.source);
        let read = verify_compact(&ours, key.verifying()).expect("verifies");
        assert_eq!(read, jws.payload, "{}", example.source);
    }
}
