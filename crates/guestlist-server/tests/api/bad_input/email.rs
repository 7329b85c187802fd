//! E-mail addresses.

use serde_json::{Value, json};

use super::{USERS, credentials, sign_in, sign_up};
use crate::test_app::{PASSWORD, TestApp};

#[tokio::test]
async fn two_spellings_of_an_address_are_one_account() {
    for (label, first, second) in [
        ("EM01", "a@example.com", "A@EXAMPLE.COM"),
        ("EM02", "alice@example.com", "ALICE@Example.Com"),
        ("EM07", "user@xn--mnchen-3ya.de", "user@m\u{fc}nchen.de"),
        ("EM07", "user@m\u{fc}nchen.de", "user@MU\u{308}NCHEN.de"),
        (
            "EM08",
            "user@example.com",
            "user@\u{ff45}\u{ff58}\u{ff41}\u{ff4d}\u{ff50}\u{ff4c}\u{ff45}.com",
        ),
        ("EM08", "user@example.com", "user@example\u{3002}com"),
        ("EM19", "user@example.com", " \tuser@example.com\t "),
    ] {
        let app = TestApp::start().await;
        assert_eq!(sign_up(&app, first, PASSWORD).await.status, 201, "{label}");
        sign_up(&app, second, PASSWORD)
            .await
            .refused(409, "email_taken");
        let compat = app
            .post("/user/signup", None, &credentials(second, PASSWORD))
            .await;
        assert_eq!(compat.status, 409, "{label}");
        assert_eq!(sign_in(&app, second, PASSWORD).await.status, 201, "{label}");
    }
}

#[tokio::test]
async fn addresses_that_only_look_alike_are_different_accounts() {
    for (label, first, second) in [
        ("EM04", "a.l.i.c.e@gmail.example", "alice@gmail.example"),
        ("EM04", "alice+x@gmail.example", "alice@gmail.example"),
        ("EM05", "\u{430}lice@example.com", "alice@example.com"),
    ] {
        let app = TestApp::start().await;
        assert_eq!(
            sign_up(&app, first, "first password").await.status,
            201,
            "{label}"
        );
        assert_eq!(
            sign_up(&app, second, "second password").await.status,
            201,
            "{label}"
        );
        sign_in(&app, second, "first password")
            .await
            .refused(401, "wrong_credentials");
    }
}

/// EM10
#[tokio::test]
async fn a_local_part_has_at_most_64_bytes() {
    let app = TestApp::start().await;
    for (local_part, status) in [
        ("a".repeat(64), 201),
        ("b".repeat(65), 422),
        ("\u{e9}".repeat(32), 201),
        ("\u{e8}".repeat(33), 422),
    ] {
        let answer = sign_up(&app, format!("{local_part}@example.com"), PASSWORD).await;
        assert_eq!(answer.status, status, "{local_part}");
    }
}

#[tokio::test]
async fn an_invalid_address_can_neither_sign_up_nor_sign_in() {
    let app = TestApp::start().await;
    let (very_long, huge) = (
        format!("{}@example.com", "a".repeat(300)),
        "x".repeat(60_000),
    );
    for (label, email) in [
        ("EM13", "victim@example.com\r\nBcc: x@evil.example"),
        ("EM13", "victim@example.com\nBcc: x@evil.example"),
        ("EM14", "a@example.com\0.evil.example"),
        ("EM15", "a@example.com%0d%0aX: y"),
        ("EM15", "a@example.com\r\nX: y"),
        ("EM16", "a@b@example.com"),
        ("EM16", "a@"),
        ("EM16", "@b"),
        ("EM16", "a"),
        ("EM16", ""),
        ("EM16", " "),
        ("EM16", "a@.com"),
        ("EM16", "a@b..c"),
        ("EM16", ".a@b.com"),
        ("EM16", "a.@b.com"),
        ("EM16", "a..b@c.com"),
        ("EM16", ";=x@example.com"),
        ("EM16", "a;b@example.com"),
        ("EM18", "a@[127.0.0.1]"),
        ("EM18", "a@[IPv6:::1]"),
        ("EM18", "a@localhost"),
        ("EM18", "a@127.0.0.1"),
        ("EM19", "\u{a0}a@example.com"),
        ("EM19", "a@example.com\u{200b}"),
        ("EM19", "a\u{200b}b@example.com"),
        ("EM19", "\u{feff}a@example.com"),
        ("EM21", "a\u{202e}b@example.com"),
        ("EM21", "a\u{7}@example.com"),
        ("EM22", "<script>@example.com"),
        ("EM22", "a@example.com\"><img src=x>"),
        ("EM24", &very_long),
        ("EM24", &huge),
        // Other spellings of `k`, `a` and `ffi`. An earlier version folded each into the plain
        // letters.
        ("EM05", "\u{212a}@example.com"),
        ("EM05", "\u{ff41}da@example.com"),
        ("EM05", "o\u{fb03}ce@example.com"),
        ("ST01", "{\"$gt\":\"\"}"),
        ("ST15", "\0"),
    ] {
        let invalid = sign_up(&app, email, PASSWORD).await.invalid();
        assert_eq!(invalid.len(), 1, "{label} {email:?}");
        assert_eq!(invalid[0].0, "/email", "{label} {email:?}");
        let compat = app
            .post("/user/signup", None, &credentials(email, PASSWORD))
            .await;
        assert_eq!(compat.status, 422, "{label} {email:?}");
        assert_eq!(compat.json()["detail"][0]["loc"], json!(["body", "email"]));
        sign_in(&app, email, PASSWORD)
            .await
            .refused(401, "wrong_credentials");
    }
}

/// U+212A, the Kelvin sign, becomes a `k` in lower case.
#[tokio::test]
async fn a_compatibility_character_in_an_address_cannot_sign_in() {
    let app = TestApp::start().await;
    assert_eq!(sign_up(&app, "k@example.com", PASSWORD).await.status, 201);
    for email in ["k@example.com", "K@example.com"] {
        assert_eq!(sign_in(&app, email, PASSWORD).await.status, 201);
    }
    for email in ["\u{212a}@example.com", "\u{ff4b}@example.com"] {
        let refused = sign_in(&app, email, PASSWORD).await;
        refused.refused(401, "wrong_credentials");
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("username", email)
            .append_pair("password", PASSWORD)
            .finish();
        assert_eq!(app.form("/user/signin", form).await.status, 401, "{email}");
    }
}

/// EM24
#[tokio::test]
async fn an_address_of_1_mib_is_413() {
    let app = TestApp::start().await;
    let email = format!("{}@example.com", "a".repeat(1 << 20));
    sign_up(&app, email.as_str(), PASSWORD)
        .await
        .refused(413, "too_large");
    sign_in(&app, email.as_str(), PASSWORD)
        .await
        .refused(413, "too_large");
    let compat = app
        .post("/user/signup", None, &credentials(email.as_str(), PASSWORD))
        .await;
    assert_eq!(compat.status, 413);
}

/// EM25, ST01
#[tokio::test]
async fn an_address_that_is_no_string_is_422() {
    let app = TestApp::start().await;
    for email in [
        json!(42),
        json!(true),
        Value::Null,
        json!([]),
        json!(["a@example.com"]),
        json!({}),
        json!({ "$gt": "" }),
        json!({ "$ne": null }),
        json!({ "$regex": ".*" }),
        json!({ "$where": "sleep(5000)" }),
    ] {
        let expected = [("/email".to_owned(), "type".to_owned())];
        for path in [USERS, super::SESSIONS] {
            let answer = app
                .post(path, None, &credentials(email.clone(), PASSWORD))
                .await;
            assert_eq!(answer.invalid(), expected, "{email}");
        }
        let compat = app
            .post("/user/signup", None, &credentials(email.clone(), PASSWORD))
            .await;
        assert_eq!(compat.status, 422, "{email}");
    }
}

/// EM28, by our own choice: an address that RFC 5321 and 5322 allow and we do not is refused like
/// an invalid one.
#[tokio::test]
async fn addresses_are_accepted_by_the_documented_rule() {
    let app = TestApp::start().await;
    let long_label = format!("test@{}.com", "a".repeat(63));
    let longer_label = format!("test@{}.com", "a".repeat(64));
    for (email, is_taken) in [
        ("test@iana.org", true),
        ("test@nominet.org.uk", true),
        ("test@about.museum", true),
        ("test@e.com", true),
        ("test@iana.a", true),
        ("test.test@iana.org", true),
        ("!#$%&`*+/=?^`{|}~@iana.org", true),
        ("123@iana.org", true),
        ("test@123.com", true),
        ("test@mason-dixon.com", true),
        ("test@xn--hxajbheg2az3al.xn--jxalpdlp", true),
        (&long_label, true),
        ("\u{6d4b}\u{8bd5}@iana.org", true),
        (&longer_label, false),
        ("test", false),
        ("@", false),
        ("test@", false),
        ("test@io", false),
        ("@io", false),
        ("@iana.org", false),
        (".test@iana.org", false),
        ("test.@iana.org", false),
        ("test..iana.org", false),
        ("test_exa-mple.com", false),
        ("test\\@test@iana.org", false),
        ("test@iana.123", false),
        ("test@255.255.255.255", false),
        ("test@-iana.org", false),
        ("test@iana-.com", false),
        ("test@.iana.org", false),
        ("test@iana.org.", false),
        ("test@iana..com", false),
        ("\"\"@iana.org", false),
        ("\"@iana.org", false),
        ("test\"@iana.org", false),
        ("\"test\"test@iana.org", false),
        ("test@a[255.255.255.255]", false),
        ("test@[255.255.255.255]", false),
        ("test@[IPv6:1111:2222:3333:4444:5555:6666:7777:8888]", false),
        ("test@[RFC-5322-domain-literal]", false),
        (" test @iana.org", false),
        ("test@ iana .com", false),
        ("test . test@iana.org", false),
        ("\r\n test@iana.org", false),
        ("(comment)test@iana.org", false),
        ("test@(comment)iana.org", false),
        ("test(comment)test@iana.org", false),
        ("test@iana.org\n", false),
        ("\u{7f}@iana.org", false),
        ("test@iana.org\u{80}", false),
        ("test@iana/icann.org", false),
        ("test@foo;bar.com", false),
        ("test@iana_x.org", false),
        ("mailto:test@iana.org", false),
        ("Test <test@iana.org>", false),
        ("a@iana.org,b@iana.org", false),
        ("a@iana.org;b@iana.org", false),
    ] {
        let status = sign_up(&app, email, PASSWORD).await.status;
        assert_eq!(status, if is_taken { 201 } else { 422 }, "{email:?}");
    }
}
