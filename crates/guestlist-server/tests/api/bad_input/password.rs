//! Passwords at sign-in, and imported hashes. The rules for new passwords are in `new_password`.

use std::time::Duration;

use guestlist::{PasswordCost, PasswordHash};
use serde_json::{Value, json};

use super::{SESSIONS, USERS, credentials, sign_in, sign_up, token};
use crate::test_app::{PASSWORD, TestApp, new_email};

/// PW05
#[tokio::test]
async fn a_password_of_1_mib_is_413_and_a_long_one_is_refused() {
    let app = TestApp::start().await;
    let email = new_email();
    app.signed_in(&email).await;
    let mebibyte = "xy".repeat(1 << 19);
    for path in [USERS, SESSIONS] {
        let answer = app
            .post(path, None, &credentials(email.as_str(), mebibyte.as_str()))
            .await;
        answer.refused(413, "too_large");
    }
    assert_eq!(token(&app, &email, &mebibyte).await.status, 413);
    let long = PASSWORD.repeat(1_000);
    sign_in(&app, email.as_str(), long.as_str())
        .await
        .refused(401, "wrong_credentials");
    assert_eq!(
        token(&app, &email, &long).await.json()["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn only_exactly_the_same_password_is_accepted() {
    let app = TestApp::start().await;
    let first_72 = "0123456789ab".repeat(6);
    for (label, chosen, shown) in [
        ("PW07", format!("{first_72}x"), format!("{first_72}y")),
        ("PW07", format!("{first_72}x"), first_72.clone()),
        ("PW08", "abcdefgh\0ijkl".to_owned(), "abcdefgh".to_owned()),
        ("PW08", "abcdefgh\0ijkl".to_owned(), "abcdefgh\0".to_owned()),
        ("PW10", "\u{fb01}replace".to_owned(), "fireplace".to_owned()),
        (
            "PW11",
            " password of ada".to_owned(),
            "password of ada".to_owned(),
        ),
        (
            "PW11",
            "password of ada".to_owned(),
            "password of ada ".to_owned(),
        ),
        (
            "PW11",
            "password of ada".to_owned(),
            "password  of ada".to_owned(),
        ),
        (
            "case",
            "password of ada".to_owned(),
            "Password of ada".to_owned(),
        ),
    ] {
        let email = new_email();
        assert_eq!(
            sign_up(&app, email.as_str(), chosen.as_str()).await.status,
            201,
            "{label}"
        );
        let answer = token(&app, &email, &shown).await;
        assert_eq!(answer.status, 400, "{label}");
        assert_eq!(answer.json()["error"], "invalid_grant", "{label}");
        sign_in(&app, email.as_str(), shown)
            .await
            .refused(401, "wrong_credentials");
        assert_eq!(token(&app, &email, &chosen).await.status, 200, "{label}");
    }
}

/// ASVS 6.3.2
#[tokio::test]
async fn a_new_installation_has_no_default_account() {
    let app = TestApp::start().await;
    let all_users = app.app.guestlist.list_users(None, 10).await;
    assert!(all_users.expect("answers").is_empty());
    for email in ["admin@example.com", "root@localhost", "admin", "test"] {
        for password in ["admin", "root", "test", "password", "changeme", ""] {
            let answer = sign_in(&app, email, password).await;
            answer.refused(401, "wrong_credentials");
        }
    }
}

/// ASVS 11.4.2; NIST SP 800-63B-4, section 3.1.1.2
#[tokio::test]
async fn a_stored_hash_has_its_own_salt_and_names_its_scheme_and_cost() {
    let app = TestApp::settled(|builder| builder.password_cost(PasswordCost::default())).await;
    let mut salts = Vec::new();
    for _ in 0..2 {
        let email = new_email();
        app.signed_in(&email).await;
        let hash = hash_of(&app, &email).await;
        let rest = hash.strip_prefix("$argon2id$v=19$m=19456,t=2,p=1$");
        let (salt, output) = rest.and_then(|rest| rest.split_once('$')).expect(&hash);
        // The salt has 16 bytes and the output 32. These are their lengths in Base64.
        assert_eq!((salt.len(), output.len()), (22, 43), "{hash}");
        salts.push(salt.to_owned());
    }
    assert_ne!(salts[0], salts[1]);
}

/// ASVS 6.2.10
#[tokio::test]
async fn a_password_never_expires() {
    let app = TestApp::start().await;
    let email = new_email();
    app.signed_in(&email).await;
    app.clock
        .advance(Duration::from_secs(10 * 365 * 24 * 60 * 60));
    let answer = sign_in(&app, email.as_str(), PASSWORD).await;
    assert_eq!(answer.status, 201);
}

/// PW09
#[tokio::test]
async fn two_unicode_spellings_of_a_password_are_the_same() {
    let app = TestApp::start().await;
    for (chosen, shown) in [
        ("caf\u{e9} au lait", "cafe\u{301} au lait"),
        ("cafe\u{301} au lait", "caf\u{e9} au lait"),
    ] {
        let email = new_email();
        assert_eq!(sign_up(&app, email.as_str(), chosen).await.status, 201);
        assert_eq!(sign_in(&app, email.as_str(), shown).await.status, 201);
    }
}

/// PW13
#[tokio::test]
async fn a_lone_surrogate_is_malformed_json() {
    let app = TestApp::start().await;
    for password in [
        "\\ud800",
        "exemplary\\udfff",
        "\\ud83d\\ud83d",
        "\\ud800\\u0041",
    ] {
        let body = format!("{{\"email\":\"a@example.com\",\"password\":\"{password}\"}}");
        for path in [USERS, SESSIONS] {
            let answer = app
                .json(axum::http::Method::POST, path, None, body.as_str())
                .await;
            answer.refused(400, "malformed_json");
        }
        let compat = app
            .json(axum::http::Method::POST, "/user/signup", None, body)
            .await;
        assert_eq!(compat.status, 422);
    }
}

/// PW17, PW18, ST01
#[tokio::test]
async fn a_password_that_is_no_string_is_422() {
    let app = TestApp::start().await;
    for password in [
        Value::Null,
        json!(123_456_789_012_345_u64),
        json!([]),
        json!({}),
        json!(true),
        json!({ "$ne": null }),
        json!({ "$gt": "" }),
    ] {
        for path in [USERS, SESSIONS] {
            let body = credentials("a@example.com", password.clone());
            let expected = [("/password".to_owned(), "type".to_owned())];
            assert_eq!(
                app.post(path, None, &body).await.invalid(),
                expected,
                "{password}"
            );
        }
    }
    for path in [USERS, SESSIONS] {
        let answer = app
            .post(path, None, &json!({ "email": "a@example.com" }))
            .await;
        assert_eq!(
            answer.invalid(),
            [("/password".to_owned(), "required".to_owned())]
        );
    }
}

/// Stores a user with the hash of another system, and returns the e-mail address.
async fn brought(app: &TestApp, hash: &str) -> String {
    let email = new_email();
    let mut user = guestlist::testing::user(&email);
    user.password_hash = Some(PasswordHash::from_stored(hash));
    app.stores
        .accounts
        .insert_user(&user)
        .await
        .expect("inserts");
    email
}

async fn hash_of(app: &TestApp, email: &str) -> String {
    let hash = app.user(email).await.password_hash;
    hash.expect("is there").as_stored().to_owned()
}

/// PW20
#[tokio::test]
async fn an_older_hash_is_replaced_at_the_first_sign_in() {
    let app = TestApp::start().await;
    // Made by `bcrypt` 5.0 of PyPI: `bcrypt.hashpw(b"exemplary", bcrypt.gensalt(4))`.
    let rest = "04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";
    for prefix in ["$2b$", "$2y$", "$2a$"] {
        let email = brought(&app, &format!("{prefix}{rest}")).await;
        sign_in(&app, email.as_str(), "Exemplary")
            .await
            .refused(401, "wrong_credentials");
        assert!(hash_of(&app, &email).await.starts_with(prefix));
        assert_eq!(
            sign_in(&app, email.as_str(), PASSWORD).await.status,
            201,
            "{prefix}"
        );
        let now = hash_of(&app, &email).await;
        assert!(now.starts_with("$argon2id$v=19$"), "{now}");
        assert_eq!(
            sign_in(&app, email.as_str(), PASSWORD).await.status,
            201,
            "{prefix}"
        );
        assert_eq!(hash_of(&app, &email).await, now);
    }
}

/// PW24
#[tokio::test]
async fn an_unknown_hash_matches_no_password() {
    let app = TestApp::start().await;
    for hash in [
        "$2x$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti",
        "$2$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti",
        "$2b$99$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti",
        "$2b$04$short",
        "$argon2id$v=19$m=19456,t=2,p=1$$",
        "$argon2id$v=19$m=4294967295,t=4294967295,p=255$c29tZXNhbHQ$c29tZWhhc2g",
        "$5$rounds=5000$salt$hash",
        "exemplary",
        "!",
        "",
    ] {
        let email = brought(&app, hash).await;
        let answer = sign_in(&app, email.as_str(), PASSWORD).await;
        assert_eq!(answer.status, 401, "{hash}");
        assert_eq!(hash_of(&app, &email).await, hash);
    }
}
