//! The rules for new passwords, and the responses to refused ones.

use std::{fs::File, path::Path};

use guestlist::{BreachedPasswords, PasswordPolicy, testing::email as address};
use serde_json::json;

use super::{USERS, credentials, sign_in, sign_up, token};
use crate::test_app::{PASSWORD, TestApp, new_email};

#[tokio::test]
async fn a_good_password_of_any_allowed_length_works() {
    let app = TestApp::start().await;
    for (label, password) in [
        ("PW02", "8 signs.".to_owned()),
        ("PW03", "x1".repeat(32)),
        ("PW03", "x2".repeat(64)),
        ("PW03", "\u{1f980}x".repeat(500)),
        ("PW03", "\u{1f980}\u{1f99c}".repeat(32)),
        ("PW04", "xy".repeat(512)),
        ("PW04", "\u{1f980}\u{1f99c}".repeat(512)),
        ("PW08", "abc\0defghi".to_owned()),
        ("PW11", " two  words ".to_owned()),
        ("PW11", "\t tabs too\n".to_owned()),
        ("PW11", format!("far{}apart", " ".repeat(64))),
        ("all of ASCII that prints", (' '..='~').collect()),
        ("ASVS 6.2.5", "wombatsrentlighthouses".to_owned()),
        ("ASVS 6.2.5", "WOMBATSRENTLIGHTHOUSES".to_owned()),
        ("ASVS 6.2.5", "135790864213579".to_owned()),
        ("ASVS 6.2.5", "!?;:#-*+~(){}[]".to_owned()),
        ("ASVS 6.2.5", "вомбатыснимаютмаяки".to_owned()),
    ] {
        let email = new_email();
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
async fn a_bad_password_is_422_with_a_reason() {
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
        let compat = app.post("/user/signup", None, &body).await;
        assert_eq!(compat.status, 422, "{label}");
        assert_eq!(
            compat.json()["detail"][0]["loc"],
            json!(["body", "password"]),
            "{label}"
        );
    }
}

/// PW14
#[tokio::test]
async fn simple_variants_of_the_email_and_the_site_name_are_refused() {
    let app = TestApp::settled(|builder| {
        builder.password_policy(PasswordPolicy {
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
async fn the_3000_most_common_passwords_are_refused_in_any_letter_case() {
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
async fn a_breached_password_is_refused_and_others_are_accepted() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let app = app_that_refuses_most(&folder.path().join("filter")).await;
    let expected = [("/password".to_owned(), "breached".to_owned())];
    let refused = sign_up(&app, new_email(), PASSWORD).await;
    assert_eq!(refused.invalid(), expected);
    for password in ["testpassword", "Exemplary", "exemplary "] {
        let answer = sign_up(&app, new_email(), password).await;
        assert_eq!(answer.status, 201, "{password}");
    }
}

#[tokio::test]
async fn with_a_damaged_filter_no_password_can_be_set_and_sign_in_still_works() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let filter = folder.path().join("filter");
    let app = app_that_refuses_most(&filter).await;
    let (here, new) = (new_email(), new_email());
    let answer = sign_up(&app, here.as_str(), "testpassword").await;
    assert_eq!(answer.status, 201);
    let file = File::options().write(true).open(&filter);
    file.expect("opens").set_len(40).expect("cuts");
    let answer = sign_up(&app, new.as_str(), "testpassword").await;
    answer.refused(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    let body = credentials(new.as_str(), "testpassword");
    assert_eq!(app.post("/user/signup", None, &body).await.status, 503);
    let found = app.stores.accounts.find_user_by_email(&address(&new)).await;
    assert!(found.expect("answers").is_none());
    let answer = sign_in(&app, here, "testpassword").await;
    assert_eq!(answer.status, 201);
    // A password that is refused without the list is still refused.
    let answer = sign_up(&app, new, "Qwertyuiop").await;
    answer.refused(422, "invalid");
}

/// An application with a site name, and with a list of breached passwords that contains
/// `exemplary`.
async fn app_that_refuses_most(filter: &Path) -> TestApp {
    // The SHA-1 of "exemplary", computed by `sha1sum`.
    let list = "BD272912DAE1A26573CCFFEAB79F246BE635D327:7\r\n";
    BreachedPasswords::build(list.as_bytes(), 1, 1, filter, |_| ()).expect("builds");
    let breached = BreachedPasswords::open(filter).expect("opens");
    let policy = PasswordPolicy {
        site_name: "Zanzibar Soirées".to_owned(),
        ..PasswordPolicy::default()
    };
    TestApp::settled(|builder| builder.breached_passwords(breached).password_policy(policy)).await
}

#[tokio::test]
async fn a_refusal_names_the_member_gives_reason_and_advice_and_repeats_nothing() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let app = app_that_refuses_most(&folder.path().join("filter")).await;
    let email = "wombat.canary@example.com";
    for (password, code, advised) in [
        ("wombat!".to_owned(), "too_short", true),
        ("wombat".repeat(200), "too_long", false),
        ("Qwertyuiop".to_owned(), "too_common", true),
        ("wwwwwwwwww".to_owned(), "one_character", true),
        ("Wombat.Canary".to_owned(), "same_as_email", true),
        ("zanzibar2026".to_owned(), "same_as_site", true),
        ("exemplary".to_owned(), "breached", true),
    ] {
        let body = credentials(email, password.as_str());
        let answer = app.post(USERS, None, &body).await;
        let expected = [("/password".to_owned(), code.to_owned())];
        assert_eq!(answer.invalid(), expected, "{password}");
        let error = &answer.json()["errors"][0];
        let advice = error["advice"].as_array();
        assert_eq!(advice.is_some(), advised, "{error}");
        for words in advice.into_iter().flatten() {
            assert!(
                words.as_str().is_some_and(|words| words.len() > 9),
                "{error}"
            );
        }

        let compat = app.post("/user/signup", None, &body).await;
        assert_eq!(compat.status, 422, "{password}");
        let said = json!({
            "loc": ["body", "password"], "msg": error["detail"], "type": code,
        });
        assert_eq!(compat.json(), json!({ "detail": [said] }));

        for answer in [answer, compat] {
            let said = answer.text().to_lowercase();
            for secret in [password.to_lowercase().as_str(), "wombat", "canary"] {
                assert!(!said.contains(secret), "{said}");
            }
        }
        let found = app
            .stores
            .accounts
            .find_user_by_email(&address(email))
            .await;
        assert!(found.expect("answers").is_none(), "{password}");
    }
}

#[tokio::test]
async fn an_invalid_email_gets_no_advice_about_passwords() {
    let app = TestApp::start().await;
    let answer = sign_up(&app, "no address", "password").await;
    let body = answer.refused(422, "invalid");
    assert_eq!(body["errors"][0]["pointer"], "/email");
    assert_eq!(body["errors"][0].get("advice"), None, "{body}");
}

/// NIST SP 800-63B-4, section 3.1.1.2 (1)
#[tokio::test]
async fn with_a_minimum_of_15_characters_14_are_too_short() {
    let policy = PasswordPolicy {
        min_chars: 15,
        ..PasswordPolicy::default()
    };
    let app = TestApp::settled(|builder| builder.password_policy(policy)).await;
    for fourteen in [
        "seven wombats!",
        "seven wombats\u{e9}",
        "seven wombate\u{301}s",
    ] {
        let answer = sign_up(&app, new_email(), fourteen).await;
        let body = answer.refused(422, "invalid");
        assert_eq!(body["errors"][0]["code"], "too_short", "{fourteen}");
        let detail = body["errors"][0]["detail"].as_str();
        assert_eq!(detail, Some("a password needs at least 15 characters"));
    }
    let answer = sign_up(&app, new_email(), "seven wombats!!").await;
    assert_eq!(answer.status, 201);
}

/// NIST SP 800-63B-4, section 3.1.1.2 (7) and (8)
#[tokio::test]
async fn sign_up_has_no_password_hint_and_no_security_question() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    for (schema, expected) in [
        ("SignUp", &["email", "invitation", "name", "password"][..]),
        ("BookSignUp", &["email", "password"]),
    ] {
        let members = &api["components"]["schemas"][schema]["properties"];
        let members: Vec<_> = members.as_object().expect(schema).keys().collect();
        assert_eq!(members, expected, "{schema}");
    }
    for member in ["password_hint", "security_question"] {
        let mut body = credentials(new_email(), PASSWORD);
        body[member] = json!("a word");
        let answer = app.post(USERS, None, &body).await;
        let expected = [(format!("/{member}"), "unknown".to_owned())];
        assert_eq!(answer.invalid(), expected);
    }
}
