//! Forged, malformed and ended access tokens. The tests beside the verifying code use tokens that
//! are signed with the right key.

use std::{io::ErrorKind, net::TcpListener};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guestlist::{Algorithm, Strategy};
use serde_json::{Value, json};

use super::{ME, without_request_id};
use crate::test_app::{Answer, BASE_URL, PASSWORD, TestApp};

pub(super) const ADA: &str = "ada@example.com";

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("decodes");
    serde_json::from_slice(&bytes).expect("is JSON")
}

/// The parts of a valid token.
struct Good {
    token: String,
    header: String,
    claims: String,
    signature: String,
}

async fn good(app: &TestApp) -> Good {
    let token = app.signed_in(ADA).await;
    let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let [header, claims, signature] = parts.try_into().expect("three parts");
    Good {
        token,
        header,
        claims,
        signature,
    }
}

/// Asserts that every token is refused with the same response.
pub(super) async fn assert_all_refused(app: &TestApp, tokens: &[(&str, String)]) {
    let bad = app.get(ME, Some("bad")).await;
    bad.refused(401, "invalid_token");
    for (label, token) in tokens {
        let answer: Answer = app.get(ME, Some(token)).await;
        assert_eq!(
            without_request_id(&answer),
            without_request_id(&bad),
            "{label} {token}"
        );
    }
}

/// JW02, JW03, JW04, JW05, JW07, JW08, JW09, JW20, JW31, JW33, RFC 8725, sections 3.1, 3.2, 3.10
#[tokio::test]
async fn a_changed_header_is_refused() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    let good = good(&app).await;
    let (long, nul) = ("x".repeat(3_000), "\0");
    let mut tokens = Vec::new();
    for (label, header) in [
        ("none", json!({ "alg": "none", "typ": "at+jwt" })),
        ("none", json!({ "alg": "None", "typ": "at+jwt" })),
        ("none", json!({ "alg": "nOnE", "typ": "at+jwt" })),
        ("none", json!({ "alg": "NONE", "typ": "at+jwt" })),
        ("none", json!({ "alg": "", "typ": "at+jwt" })),
        ("none", json!({ "alg": null, "typ": "at+jwt" })),
        ("none", json!({ "alg": ["HS256"], "typ": "at+jwt" })),
        ("none", json!({ "typ": "at+jwt" })),
        ("JW02", json!({ "alg": "RS256", "typ": "at+jwt" })),
        ("JW02", json!({ "alg": "ES256", "typ": "at+jwt" })),
        ("JW02", json!({ "alg": "EdDSA", "typ": "at+jwt" })),
        ("JW03", json!({ "alg": "HS384", "typ": "at+jwt" })),
        ("JW03", json!({ "alg": "HS512", "typ": "at+jwt" })),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": "../../../../dev/null" }),
        ),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": "/etc/passwd" }),
        ),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": "' OR '1'='1" }),
        ),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": "`id`" }),
        ),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": "|cat x" }),
        ),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": "" }),
        ),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": long }),
        ),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": nul }),
        ),
        ("JW04", json!({ "alg": "HS256", "typ": "at+jwt", "kid": 7 })),
        (
            "JW04",
            json!({ "alg": "HS256", "typ": "at+jwt", "kid": [] }),
        ),
        (
            "JW05",
            json!({ "alg": "HS256", "typ": "at+jwt", "jwk": { "kty": "oct", "k": "AAAA" } }),
        ),
        (
            "JW05",
            json!({ "alg": "HS256", "typ": "at+jwt", "jku": "http://127.0.0.1:9/keys" }),
        ),
        (
            "JW07",
            json!({ "alg": "HS256", "typ": "at+jwt", "x5c": ["AAAA"], "x5t": "AAAA" }),
        ),
        (
            "JW08",
            json!({ "alg": "HS256", "typ": "at+jwt", "crit": ["exp"] }),
        ),
        (
            "JW08",
            json!({ "alg": "HS256", "typ": "at+jwt", "crit": [] }),
        ),
        (
            "JW08",
            json!({ "alg": "HS256", "typ": "at+jwt", "crit": "exp" }),
        ),
        (
            "JW09",
            json!({ "alg": "HS256", "typ": "at+jwt", "crit": ["b64"], "b64": false }),
        ),
        (
            "JW09",
            json!({ "alg": "HS256", "typ": "at+jwt", "b64": false }),
        ),
        (
            "JW20",
            json!({ "alg": "HS256", "typ": "at+jwt", "cty": "JWT" }),
        ),
        ("JW31", json!({ "alg": "HS256", "typ": "JWT" })),
        ("JW31", json!({ "alg": "HS256", "typ": "AT+JWT" })),
        ("JW31", json!({ "alg": "HS256" })),
        (
            "JW33",
            json!({ "alg": "HS256", "typ": "at+jwt", "zip": "DEF" }),
        ),
    ] {
        let header = encode(header.to_string());
        for signature in [good.signature.as_str(), "", &encode([0; 32])] {
            tokens.push((label, format!("{header}.{}.{signature}", good.claims)));
        }
    }
    assert_all_refused(&app, &tokens).await;
    assert_eq!(app.get(ME, Some(&good.token)).await.status, 200);
}

/// JW05, RFC 8725, section 3.10: a token that names the URL of a key causes no request to it.
#[tokio::test]
async fn no_key_is_fetched_from_an_address_in_a_token() {
    let sink = TcpListener::bind("127.0.0.1:0").expect("listens");
    sink.set_nonblocking(true).expect("does not wait");
    let url = format!("http://{}/keys", sink.local_addr().expect("is bound"));
    for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
        let app =
            TestApp::settled(|builder| builder.algorithm(algorithm).strategy(Strategy::Jwt)).await;
        app.app.guestlist.tend_keys().await.expect("has keys");
        let good = good(&app).await;
        let mut tokens = Vec::new();
        for kid in ["unknown", &url] {
            for name in ["jku", "x5u", "iss"] {
                let mut header = decode(&good.header);
                header["kid"] = json!(kid);
                header[name] = json!(url);
                let header = encode(header.to_string());
                let mut claims = decode(&good.claims);
                claims["iss"] = json!(url);
                for claims in [&good.claims, &encode(claims.to_string())] {
                    tokens.push((name, format!("{header}.{claims}.{}", good.signature)));
                }
            }
        }
        assert_all_refused(&app, &tokens).await;
    }
    let called = sink.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(called, Err(ErrorKind::WouldBlock));
}

/// JW11, JW13, JW28, JW29, RFC 8725, sections 3.8 and 3.9
#[tokio::test]
async fn changed_claims_are_refused() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    let good = good(&app).await;
    app.signed_in("eve@example.com").await;
    let eve = app.user("eve@example.com").await.id.to_string();
    let mut tokens = Vec::new();
    for (label, name, value) in [
        ("JW11", "exp", json!("1999999999")),
        ("JW11", "exp", json!(1_999_999_999.5)),
        ("JW11", "exp", json!(-1)),
        ("JW11", "exp", json!(1e308)),
        ("JW11", "exp", json!(9_223_372_036_854_775_808_u64)),
        ("JW11", "exp", Value::Null),
        ("JW11", "exp", json!([])),
        ("JW11", "exp", json!(true)),
        ("JW11", "exp", json!(99_999_999_999_i64)),
        ("JW13", "nbf", json!(1_999_999_999)),
        ("JW13", "nbf", json!("0")),
        ("JW28", "sub", json!(eve)),
        ("JW28", "sub", json!("")),
        ("JW28", "sub", Value::Null),
        ("JW28", "sub", json!(7)),
        ("JW28", "sub", json!([])),
        ("JW28", "sub", json!(eve.to_uppercase())),
        ("JW28", "sub", json!(format!("{{{eve}}}"))),
        ("JW28", "sub", json!("507f1f77bcf86cd799439011")),
        ("JW29", "aud", Value::Null),
        ("JW29", "aud", json!("other")),
        ("JW29", "aud", json!([])),
        ("JW29", "aud", json!([123])),
        ("JW29", "aud", json!([BASE_URL, "x"])),
        ("3.8", "iss", json!("http://evil.example")),
    ] {
        let mut claims = decode(&good.claims);
        claims[name] = value;
        let claims = encode(claims.to_string());
        for signature in [good.signature.as_str(), "", &encode([0; 32])] {
            tokens.push((label, format!("{}.{claims}.{signature}", good.header)));
        }
    }
    assert_all_refused(&app, &tokens).await;
}

/// JW16, JW18, JW19, JW21, JW22, JW23, JW32, RFC 8725, section 3.7
#[tokio::test]
async fn another_encoding_is_refused() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    let Good {
        token,
        header,
        claims,
        signature,
    } = good(&app).await;
    let bytes = URL_SAFE_NO_PAD.decode(&signature).expect("decodes");
    let deep = encode("[".repeat(4_000));
    let twice = |part: &str, member: &str| {
        let json = decode(part).to_string();
        encode(format!("{{{member},{}", &json[1..]))
    };
    let bom = |part: &str| encode(format!("\u{feff}{}", decode(part)));
    let mut tokens = vec![
        ("JW16", format!("{token}=")),
        ("JW16", format!("{header}=.{claims}.{signature}")),
        ("JW16", format!("{header}.{claims}=.{signature}")),
        ("JW16", token.replace('.', "%2E")),
        ("JW16", format!("{header}+.{claims}.{signature}")),
        ("JW16", format!("{header}/.{claims}.{signature}")),
        ("JW16", token.replace('-', "+").replace('_', "/") + "+/"),
        (
            "JW18",
            format!(
                "{}.{claims}.{signature}",
                twice(&header, "\"alg\":\"none\"")
            ),
        ),
        (
            "JW18",
            format!("{header}.{}.{signature}", twice(&claims, "\"sub\":\"x\"")),
        ),
        (
            "JW18",
            format!(
                "{header}.{}.{signature}",
                twice(&claims, "\"exp\":99999999999")
            ),
        ),
        (
            "JW19",
            format!(
                "{}..AAAA.AAAA.AAAA",
                encode("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}")
            ),
        ),
        (
            "JW19",
            format!(
                "{}.AAAA.AAAA.AAAA.AAAA",
                encode(
                    "{\"alg\":\"PBES2-HS256+A128KW\",\"p2c\":1000000000,\"p2s\":\"AAAA\",\"enc\":\"A128GCM\"}"
                )
            ),
        ),
        (
            "JW21",
            json!({ "protected": header, "payload": claims, "signature": signature }).to_string(),
        ),
        ("JW22", format!("{header}.{claims}.")),
        ("JW22", format!("{header}.{claims}")),
        ("JW22", format!("{header}.{claims}.{}", encode([0; 32]))),
        ("JW22", format!("{header}.{claims}.{signature}AAAA")),
        ("JW22", format!("{header}.{claims}.{signature}.")),
        ("JW22", format!("{header}.{claims}.{signature}{signature}")),
        ("JW23", format!("{header}.{claims}.{}", encode([0; 64]))),
        ("JW32", "..".to_owned()),
        ("JW32", ".".to_owned()),
        ("JW32", "...".to_owned()),
        ("JW32", format!(".{claims}.{signature}")),
        ("JW32", format!("{header}..{signature}")),
        ("JW32", format!("{}.{claims}.{signature}", bom(&header))),
        ("JW32", format!("{header}.{}.{signature}", bom(&claims))),
        (
            "3.7",
            format!(
                "{header}.{}.{signature}",
                encode(decode(&claims).to_string().replace('{', "{\0"))
            ),
        ),
    ];
    for length in 0..bytes.len() {
        tokens.push((
            "JW22",
            format!("{header}.{claims}.{}", encode(&bytes[..length])),
        ));
    }
    for json in ["[]", "\"x\"", "1", "", "null", "{", "{}"] {
        tokens.push(("JW32", format!("{}.{claims}.{signature}", encode(json))));
        tokens.push(("JW32", format!("{header}.{}.{signature}", encode(json))));
    }
    for bytes in [&b"\xff\xfe"[..], b"{\"alg\":\"\xff\"}", b"\xed\xa0\x80"] {
        tokens.push(("JW32", format!("{}.{claims}.{signature}", encode(bytes))));
        tokens.push(("JW32", format!("{header}.{}.{signature}", encode(bytes))));
    }
    tokens.push(("JW32", format!("{deep}.{claims}.{signature}")));
    tokens.push(("JW32", format!("{header}.{deep}.{signature}")));
    assert_all_refused(&app, &tokens).await;
}

/// JW34
#[tokio::test]
async fn a_token_of_1_mib_is_a_400() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    let good = good(&app).await;
    let claims = encode("x".repeat(1 << 20));
    let token = format!("{}.{claims}.{}", good.header, good.signature);
    app.get(ME, Some(&token))
        .await
        .refused(400, "invalid_request");
}

/// RFC 8725, section 3.3
#[tokio::test]
async fn a_token_changed_in_any_one_character_is_refused() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    let token = good(&app).await.token;
    let mut tokens = Vec::new();
    for (at, c) in token.char_indices() {
        for other in ['A', 'B', '-', '.'] {
            if c != other {
                let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
                tokens.push(("3.3", changed));
            }
        }
        tokens.push(("3.3", format!("{}{}", &token[..at], &token[at + 1..])));
    }
    // The last character has unused bits, which must be zero.
    let alphabet = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9');
    for other in alphabet.map(char::from) {
        let changed = format!("{}{other}", &token[..token.len() - 1]);
        if changed != token {
            tokens.push(("3.3", changed));
        }
    }
    assert_all_refused(&app, &tokens).await;
    assert_eq!(app.get(ME, Some(&token)).await.status, 200);
}

/// A token of another server with the same users has another key.
#[tokio::test]
async fn a_token_of_another_key_is_refused() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    app.signed_in(ADA).await;
    let secret = guestlist::SecretKey::new("another secret of 32 bytes or more").expect("is a key");
    let other = guestlist::Guestlist::builder_over(app.stores.accounts.clone(), secret)
        .issuer(BASE_URL)
        .clock(app.clock.clone())
        .password_cost(guestlist::PasswordCost::for_tests())
        .build()
        .expect("builds");
    let email = guestlist::testing::email(ADA);
    let password = guestlist::Password::new(PASSWORD);
    let signed_in = other
        .sign_in(
            Some(&email),
            password,
            guestlist::Client::default(),
            guestlist::Wanted::JWT_ALONE,
        )
        .await;
    let token = signed_in
        .expect("signs in")
        .access_token
        .expose()
        .to_owned();
    assert!(other.identify(&token).await.is_ok());
    assert_all_refused(&app, &[("3.1", token)]).await;
}
