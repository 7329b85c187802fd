//! Passwords.

use guestlist::{BreachedPasswords, PasswordHash, PasswordPolicy};
use serde_json::{Value, json};

use super::{SESSIONS, TOKEN, USERS, credentials, sign_in, sign_up};
use crate::test_app::{Answer, PASSWORD, TestApp, somebody};

/// Signs in where OAuth's form is spoken.
async fn token(app: &TestApp, email: &str, password: &str) -> Answer {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "password")
        .append_pair("username", email)
        .append_pair("password", password)
        .finish();
    app.form(TOKEN, form).await
}

#[tokio::test]
async fn a_good_one_of_any_length_signs_in() {
    let app = TestApp::start().await;
    for (label, password) in [
        ("PW02", "8 signs.".to_owned()),
        ("PW03", "x1".repeat(32)),
        ("PW03", "x2".repeat(64)),
        ("PW03", "\u{1f980}x".repeat(500)),
        ("PW04", "xy".repeat(512)),
        ("PW08", "abc\0defghi".to_owned()),
        ("PW11", " two  words ".to_owned()),
        ("PW11", "\t tabs too\n".to_owned()),
    ] {
        let email = somebody();
        assert_eq!(
            sign_up(&app, email.as_str(), password.as_str())
                .await
                .status,
            201,
            "{label}"
        );
        assert_eq!(
            sign_in(&app, email.as_str(), password.as_str())
                .await
                .status,
            201,
            "{label}"
        );
        assert_eq!(token(&app, &email, &password).await.status, 200, "{label}");
    }
}

#[tokio::test]
async fn what_will_not_do_is_422_with_a_reason() {
    let app = TestApp::start().await;
    for (label, password, code) in [
        ("PW02", "7 signs".to_owned(), "too_short"),
        ("PW04", "x".repeat(1_024) + "y", "too_long"),
        ("PW04", "\u{1f980}x".repeat(600), "too_long"),
        ("PW05", "xy".repeat(30_000), "too_long"),
        ("PW11", " ".repeat(15), "one_character"),
        (
            "PW14",
            "password.owner@example.com".to_owned(),
            "same_as_email",
        ),
        (
            "PW14",
            "PASSWORD.Owner@Example.com".to_owned(),
            "same_as_email",
        ),
        ("PW14", "password.owner".to_owned(), "same_as_email"),
        ("PW15", "password".to_owned(), "too_common"),
        ("PW15", "Password1".to_owned(), "too_common"),
        ("PW15", "12345678".to_owned(), "too_common"),
        ("PW15", "qwertyuiop".to_owned(), "too_common"),
        ("PW18", String::new(), "too_short"),
    ] {
        let body = credentials("password.owner@example.com", password.as_str());
        let expected = [("/password".to_owned(), code.to_owned())];
        assert_eq!(
            app.post(USERS, None, &body).await.invalid(),
            expected,
            "{label}"
        );
        let book = app.post("/user/signup", None, &body).await;
        assert_eq!(book.status, 422, "{label}");
        assert_eq!(
            book.json()["detail"][0]["loc"],
            json!(["body", "password"]),
            "{label}"
        );
    }
}

/// PW14
#[tokio::test]
async fn a_word_everybody_knows_is_no_password_in_any_simple_form() {
    let app = TestApp::settled(|door| {
        door.password_policy(PasswordPolicy {
            site_name: "Ada's Parties".to_owned(),
            ..PasswordPolicy::default()
        })
    })
    .await;
    let email = "Love.Lace+club@mail.packt.example";
    for (password, code) in [
        (email, "same_as_email"),
        ("elpmaxe.tkcap.liam@bulc+ecal.evol", "same_as_email"),
        ("love.lace+club@mail.packt.example1", "same_as_email"),
        ("love.lace+club", "same_as_email"),
        ("bulc+ecal.evol", "same_as_email"),
        ("love.lace+club1", "same_as_email"),
        ("love2468", "same_as_email"),
        ("lacelace", "same_as_email"),
        ("ecalecal", "same_as_email"),
        ("ECAL!!!!", "same_as_email"),
        ("club2026", "same_as_email"),
        ("mail.packt.example", "same_as_email"),
        ("1234packt", "same_as_email"),
        ("packtpackt", "same_as_email"),
        ("Ada's Parties", "same_as_site"),
        ("ada's parties1", "same_as_site"),
        ("adasparties", "same_as_site"),
        ("seitrap s'ada", "same_as_site"),
        ("Parties1", "same_as_site"),
        ("seitrapseitrap", "same_as_site"),
    ] {
        let answer = sign_up(&app, email, password).await;
        let expected = [("/password".to_owned(), code.to_owned())];
        assert_eq!(answer.invalid(), expected, "{password}");
    }
    for (number, password) in ["love for lace", "parties are loud", "example1"]
        .into_iter()
        .enumerate()
    {
        let email = format!("love{number}@mail.packt.example");
        let answer = sign_up(&app, email, password).await;
        assert_eq!(answer.status, 201, "{password}");
    }
}

/// PW15
#[tokio::test]
async fn the_three_thousand_commonest_are_refused_in_any_case() {
    let app = TestApp::start().await;
    let top = include_str!("top_3000.txt");
    assert_eq!(top.lines().count(), 3000);
    let expected = [("/password".to_owned(), "too_common".to_owned())];
    for (number, password) in top.lines().enumerate() {
        let password = match number % 3 {
            0 => password.to_uppercase(),
            _ => password.to_owned(),
        };
        let answer = sign_up(&app, "a@example.com", password.as_str()).await;
        assert_eq!(answer.invalid(), expected, "{password}");
    }
}

/// PW15
#[tokio::test]
async fn a_breached_one_is_refused_and_a_filter_that_broke_is_503() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let filter = folder.path().join("filter");
    // Of `exemplary`, by `sha1sum`.
    let list = "BD272912DAE1A26573CCFFEAB79F246BE635D327:7\r\n";
    BreachedPasswords::build(list.as_bytes(), 1, 1, &filter, |_| ()).expect("builds");
    let breached = BreachedPasswords::open(&filter).expect("opens");
    let app = TestApp::settled(|door| door.breached_passwords(breached)).await;
    let expected = [("/password".to_owned(), "breached".to_owned())];
    assert_eq!(
        sign_up(&app, somebody(), PASSWORD).await.invalid(),
        expected
    );
    let body = credentials(somebody(), PASSWORD);
    let book = app.post("/user/signup", None, &body).await;
    assert_eq!(book.status, 422);
    assert_eq!(sign_up(&app, somebody(), "testpassword").await.status, 201);
    let file = std::fs::File::options().write(true).open(&filter);
    file.expect("opens").set_len(40).expect("cuts");
    sign_up(&app, somebody(), "testpassword")
        .await
        .refused(503, "unavailable");
}

#[tokio::test]
async fn a_refusal_says_how_to_find_a_better_one_and_repeats_nothing() {
    let app = TestApp::start().await;
    let answer = sign_up(&app, "wombat.canary@example.com", "wombat.canary").await;
    let body = answer.refused(422, "invalid");
    let advice = body["errors"][0]["advice"].as_array().expect("is a list");
    assert!(!advice.is_empty() && advice.iter().all(Value::is_string));
    assert!(!answer.text().contains("canary"), "{}", answer.text());
    // What is too long could not become better, and no other member has advice.
    for body in [
        credentials("a@example.com", "xy".repeat(2_000)),
        credentials("no address", PASSWORD),
    ] {
        let body = app.post(USERS, None, &body).await.refused(422, "invalid");
        assert_eq!(body["errors"][0].get("advice"), None, "{body}");
    }
}

/// PW05
#[tokio::test]
async fn a_mebibyte_is_413_and_a_long_one_opens_nothing() {
    let app = TestApp::start().await;
    let email = somebody();
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
async fn only_the_very_same_one_opens() {
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
        let email = somebody();
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

/// PW09
#[tokio::test]
async fn two_spellings_of_one_character_are_one() {
    let app = TestApp::start().await;
    for (chosen, shown) in [
        ("caf\u{e9} au lait", "cafe\u{301} au lait"),
        ("cafe\u{301} au lait", "caf\u{e9} au lait"),
    ] {
        let email = somebody();
        assert_eq!(sign_up(&app, email.as_str(), chosen).await.status, 201);
        assert_eq!(sign_in(&app, email.as_str(), shown).await.status, 201);
    }
}

/// PW13
#[tokio::test]
async fn half_a_character_is_no_json() {
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
        let book = app
            .json(axum::http::Method::POST, "/user/signup", None, body)
            .await;
        assert_eq!(book.status, 422);
    }
}

/// PW17, PW18, ST01
#[tokio::test]
async fn what_is_no_text_is_422() {
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

/// A user whom another system brought.
async fn brought(app: &TestApp, hash: &str) -> String {
    let email = somebody();
    let mut user = guestlist::testing::user(&email);
    user.password_hash = Some(PasswordHash::from_stored(hash));
    app.stores.door.insert_user(&user).await.expect("inserts");
    email
}

async fn hash_of(app: &TestApp, email: &str) -> String {
    let hash = app.user(email).await.password_hash;
    hash.expect("is there").as_stored().to_owned()
}

/// PW20
#[tokio::test]
async fn an_older_hash_is_replaced_once() {
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
async fn a_hash_nobody_knows_opens_nothing() {
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
