//! What a mail library reads in the mails: valid headers, no injected ones, links of this site, and
//! plain text first.

use serde_json::{Value, json};

use super::{
    server::{MailServer, Received},
    site::{BASE_URL, Site, sent, signed_up},
};
use crate::{binary::Server, test_app::PASSWORD};

const SITE: &str = "Zo\u{eb}'s \"F\u{ea}te\" <b>, \u{1f980}";

/// Headers that each mail has once. A mail has no other ones.
const HEADERS: [&str; 8] = [
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Date",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
];
/// A mail in one part has this one, too.
const ENCODING: &str = "Content-Transfer-Encoding";

/// Asserts what is true of each mail.
#[track_caller]
fn assert_valid(mail: &Received, to: &str) {
    assert_eq!(mail.0["defects"], json!([]), "{mail:?}");
    for name in HEADERS {
        mail.header(name);
    }
    for header in mail.0["headers"].as_array().expect("is a list") {
        let name = header[0].as_str().expect("is a text");
        assert!(
            HEADERS.contains(&name) || name == ENCODING,
            "{name}: {mail:?}"
        );
    }
    assert_eq!(mail.0["to"], json!([["", to]]));
    assert_eq!(mail.0["envelope_to"], json!([to]));
    assert_eq!(mail.0["from"], json!([[SITE, "events@plan.example"]]));
    assert_eq!(mail.0["envelope_from"], "events@plan.example");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(mail.header("Subject").ends_with(SITE), "{mail:?}");
    let id = mail.header("Message-ID");
    let id = id
        .strip_prefix('<')
        .and_then(|id| id.strip_suffix("@plan.example>"));
    assert!(id.is_some_and(|id| id.len() == 36), "{mail:?}");
    // RFC 5322, section 2.1.1, and RFC 5321, section 2.3.8.
    assert!(mail.0["longest_line"].as_u64() <= Some(998), "{mail:?}");
    assert_eq!(mail.0["bare_line_ends"], 0, "{mail:?}");
    let types = |part: &Value| (part["type"].clone(), part["charset"].clone());
    let parts = mail.0["parts"].as_array().expect("is a list");
    let types: Vec<_> = parts.iter().map(types).collect();
    let expected = ["text/plain", "text/html"].map(|it| (json!(it), json!("utf-8")));
    assert_eq!(types, expected);
    for part in parts {
        let text = part["text"].as_str().expect("is a text");
        for (at, _) in text.match_indices("://") {
            let start = text[..at]
                .rfind(|c: char| !c.is_alphanumeric())
                .map_or(0, |i| i + 1);
            assert!(text[start..].starts_with(BASE_URL), "{text}");
        }
    }
}

/// Signs up with that name, and verifies the address by the link in the mail.
fn verified(server: &Server, mails: &MailServer, email: &str, name: &str) {
    let body = json!({ "email": email, "password": PASSWORD, "name": name });
    let reply = sent(server, "POST /api/v1/users", None, &body);
    assert_eq!(reply.status, 202, "{reply:?}");
    let mail = mails.mail(email, "Confirm your e-mail address");
    assert_valid(&mail, email);
    assert!(
        !mail.text().contains(name),
        "no stranger writes a name into a mail"
    );
    let link = mail.link(BASE_URL, "verify-email");
    let token = link.rsplit('/').next().expect("has a token");
    let body = json!({ "token": token, "new_password": PASSWORD });
    let line = "POST /api/v1/email/verification/confirm";
    assert_eq!(sent(server, line, None, &body).status, 204);
}

#[test]
fn names_and_addresses_of_every_kind_make_valid_mails() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::sending_to(&mails).set("GUESTLIST_SERVER__NAME", SITE);
    let server = site.start();
    let long = "w\u{f6}rter ".repeat(12);
    for (email, name) in [
        ("o'hara+tag@example.com", "\"Eve\" <evil.example>, Bob"),
        (
            "zo\u{eb}@example.com",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{5e2}\u{5d5}\u{5dc}\u{5dd}",
        ),
        (
            "emoji@example.com",
            "\u{1f469}\u{200d}\u{1f680} =?utf-8?q?x?=",
        ),
        (&format!("{}@example.com", "l".repeat(64)), long.trim()),
    ] {
        verified(&server, &mails, email, name);
        let asked = json!({ "email": email });
        let reply = sent(&server, "POST /api/v1/password/reset", None, &asked);
        assert_eq!(reply.status, 202);
        let mail = mails.mail(email, "Set a new password");
        assert_valid(&mail, email);
        assert!(
            mail.text().starts_with(&format!("Hello {name},")),
            "{}",
            mail.text()
        );
        let html = mail.0["parts"][1]["text"].as_str().expect("is a text");
        assert!(!html.contains("<evil") && !html.contains("<b>"), "{html}");
    }
    server.stop();
}

/// EM13: nothing that breaks a line or turns the direction of text becomes a mail.
#[test]
fn line_breaks_and_direction_changes_in_names_and_addresses_are_refused() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::sending_to(&mails);
    let server = site.start();
    for hostile in [
        "\r\nBcc: x@evil.example",
        "\nBcc: x@evil.example",
        "\rBcc: x@evil.example",
        "\0",
        "\u{2028}",
        "\u{85}",
        "\u{202e}moc.elpmaxe",
        "\u{2067}",
    ] {
        let name = format!("Ada{hostile}x");
        let body = json!({ "email": "ada@example.com", "password": PASSWORD, "name": name });
        let reply = sent(&server, "POST /api/v1/users", None, &body);
        assert_eq!(reply.status, 422, "{name:?}: {reply:?}");
        for address in [
            format!("ada{hostile}@example.com"),
            format!("ada@example.com{hostile}x"),
        ] {
            let reply = signed_up(&server, &address);
            assert_eq!(reply.status, 422, "{address:?}: {reply:?}");
            for line in [
                "POST /api/v1/password/reset",
                "POST /api/v1/email/verification",
            ] {
                let asked = json!({ "email": address });
                let reply = sent(&server, line, None, &asked);
                assert_eq!(reply.status, 422, "{line} {address:?}: {reply:?}");
            }
        }
    }
    // A mail that was queued by mistake would be sent before this one.
    signed_up(&server, "last@example.com");
    mails.mail("last@example.com", "Confirm");
    assert_eq!(mails.taken().len(), 1);
    server.stop();
}

/// A mail server without SMTPUTF8 (RFC 6531) cannot take an address that is not ASCII. The mail is
/// shown as failed, and the others are sent.
#[test]
fn without_smtputf8_an_address_outside_ascii_fails_alone() {
    let Some(mails) = MailServer::start(&["--ascii"]) else {
        return;
    };
    let site = Site::sending_to(&mails);
    let server = site.start();
    signed_up(&server, "zo\u{eb}@example.com");
    signed_up(&server, "ada@ex\u{e4}mple.example");
    mails.mail("ada@xn--exmple-cua.example", "Confirm");
    let failed = || site.outbox("failed").len() + site.outbox("queued").len() == 1;
    assert!(failed());
    assert_eq!(mails.taken().len(), 1);
    server.stop();
}
