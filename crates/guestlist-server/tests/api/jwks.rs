//! `/.well-known/jwks.json` (RFC 7517, section 5), read by another JWT implementation than ours, as
//! another service reads it.

use std::collections::BTreeSet;

use guestlist::{Algorithm, Strategy};
use jsonwebtoken::{
    DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use serde_json::Value;

use crate::test_app::{Answer, BASE_URL, TestApp};

const PATH: &str = "/.well-known/jwks.json";
const ADA: &str = "ada@example.com";

/// The algorithms that others can verify, with the members of a public key by RFC 7518, section 6,
/// and RFC 8037, section 2.
const PUBLISHED: [(Algorithm, &[&str]); 3] = [
    (Algorithm::EdDsa, &["crv", "x"]),
    (Algorithm::Es256, &["crv", "x", "y"]),
    (Algorithm::Rs256, &["n", "e"]),
];

async fn signing_by(algorithm: Algorithm) -> TestApp {
    let app =
        TestApp::settled(|builder| builder.algorithm(algorithm).strategy(Strategy::Jwt)).await;
    app.app.guestlist.tend_keys().await.expect("makes a key");
    app
}

/// Returns the claims if a service with these keys accepts the token.
fn verified(token: &str, keys: &JwkSet) -> Option<Value> {
    let kid = decode_header(token).ok()?.kid?;
    let jwk = keys.find(&kid)?;
    let algorithm = jwk.common.key_algorithm?.to_string().parse().ok()?;
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[BASE_URL]);
    validation.set_audience(&[BASE_URL]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // These tests use a manual clock.
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some(decode(token, &key, &validation).ok()?.claims)
}

fn keys(answer: &Answer) -> JwkSet {
    serde_json::from_value(answer.json()).expect("is a set of keys")
}

#[tokio::test]
async fn a_published_key_verifies_tokens_and_has_no_private_member() {
    for (algorithm, numbers) in PUBLISHED {
        let app = signing_by(algorithm).await;
        let token = app.signed_in(ADA).await;
        let answer = app.get(PATH, None).await;
        assert_eq!(answer.status, 200);
        let claims = verified(&token, &keys(&answer)).expect("is accepted");
        assert_eq!(claims["sub"], app.user(ADA).await.id.to_string());

        let mut members: BTreeSet<_> = numbers.iter().copied().collect();
        members.extend(["kty", "kid", "alg", "use"]);
        let body = answer.json();
        let published = body["keys"].as_array().expect("is a list");
        assert_eq!(published.len(), 1, "{body}");
        let key = published[0].as_object().expect("is a key");
        assert_eq!(
            key.keys().map(String::as_str).collect::<BTreeSet<_>>(),
            members
        );
        assert_eq!(key["alg"], algorithm.to_string());
    }
}

#[tokio::test]
async fn a_changed_token_or_one_of_another_key_is_not_accepted() {
    for (algorithm, _) in PUBLISHED {
        let (app, other) = (signing_by(algorithm).await, signing_by(algorithm).await);
        let token = app.signed_in(ADA).await;
        let foreign = other.signed_in(ADA).await;
        let keys = keys(&app.get(PATH, None).await);
        assert!(verified(&token, &keys).is_some());
        assert!(
            verified(&foreign, &keys).is_none(),
            "its key is not published"
        );
        let parts = |token: &str| -> Vec<String> { token.split('.').map(str::to_owned).collect() };
        let (ours, theirs) = (parts(&token), parts(&foreign));
        let forged = [&*ours[0], &*theirs[1], &*theirs[2]].join(".");
        assert!(verified(&forged, &keys).is_none(), "with the id of our key");
        let changed = [&*ours[0], &*theirs[1], &*ours[2]].join(".");
        assert!(verified(&changed, &keys).is_none());
    }
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs() {
    let app = signing_by(Algorithm::EdDsa).await;
    let read_before = keys(&app.get(PATH, None).await);
    app.app
        .guestlist
        .rotate_keys()
        .await
        .expect("makes another");
    let token = app.signed_in(ADA).await;
    assert!(
        verified(&token, &read_before).is_some(),
        "the old key still signs"
    );
    let read = keys(&app.get(PATH, None).await);
    app.clock.advance(std::time::Duration::from_secs(3_600));
    let token = app.sign_in(ADA).await;
    let kid = decode_header(&token).expect("is read").kid;
    let names: Vec<_> = read_before.keys.iter().map(name).collect();
    assert!(!names.contains(&kid), "the new key signs");
    assert!(verified(&token, &read).is_some());
}

fn name(jwk: &Jwk) -> Option<String> {
    jwk.common.key_id.clone()
}

/// These tests sign with HS256, whose key must stay secret.
#[tokio::test]
async fn no_symmetric_key_is_published() {
    let app = TestApp::start().await;
    let answer = app.get(PATH, None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/jwk-set+json")
    );
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.text(), r#"{"keys":[]}"#);
}
