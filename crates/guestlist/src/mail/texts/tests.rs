use super::*;
use crate::{EventRemoval, LinkPurpose, MessageData, Timestamp, UserName, testing::user};

const LINK: &str = "https://plan.example/verify-email/TOKEN";

fn site() -> Site {
    Site {
        name: "Plan\r\nBcc: x@evil.example".to_owned(),
        base_url: "https://plan.example:8443/app".to_owned(),
        time_zone: None,
    }
}

fn text(kind: MessageKind, name: &str) -> MailText {
    let mut ada = user("ada@example.com");
    ada.name = Some(UserName::from_stored(name.to_owned()));
    ada.verified_at = Some(ada.created_at);
    let data = MessageData::new()
        .with("device", "Fire\r\nfox")
        .with(EventRemoval::TITLE, "A\nB <b>")
        .with(EventRemoval::REMOVAL, "deleted")
        .with(EventRemoval::REASON, "spam");
    let now = ada.created_at;
    let message = Message::new(kind, Some(ada.id), ada.email.clone(), data, now)
        .with_link(
            LinkPurpose::VerifyEmail,
            None,
            Timestamp::from_millis(1_795_219_200_123),
        )
        .with_code();
    DefaultTexts.text(&MailContent {
        message: &message,
        user: Some(&ada),
        site: &site(),
        link: Some(LINK),
        code: Some("012345"),
    })
}

/// EM13: nothing that a user or administrator typed begins another header.
#[test]
fn a_subject_is_one_line_whatever_the_names_contain() {
    for kind in MessageKind::ALL {
        let mail = text(kind, "Ada\r\nBcc: y@evil.example");
        assert!(
            !mail.subject.contains(['\r', '\n']),
            "{kind}: {:?}",
            mail.subject
        );
        assert!(
            mail.text.contains("Hello Ada  Bcc: y@evil.example,"),
            "{kind}"
        );
        assert!(!mail.text.contains("\r"), "{kind}");
    }
    assert_eq!(one_line("a\u{2028}b\u{7}c\u{85}d"), "a b c d");
}

#[test]
fn a_text_has_one_link_its_expiry_and_the_reason() {
    for kind in MessageKind::ALL {
        let mail = text(kind, "Ada");
        assert_eq!(mail.text.matches(LINK).count(), 1, "{kind}");
        assert!(
            mail.text.contains("until 21 November 2026, 00:00 UTC"),
            "{}",
            mail.text
        );
        assert!(mail.text.contains("012345"), "{kind}");
        assert!(!mail.subject.contains("012345"), "{kind}");
        let html = mail.html.expect("has a link");
        assert_eq!(html.matches("<a ").count(), 1, "{kind}");
    }
}

#[test]
fn html_shows_names_as_text() {
    let html = text(MessageKind::EventRemoved, "<img src=x> & \"Ada\"").html;
    let html = html.expect("has a link");
    assert!(
        html.contains("Hello &lt;img src=x&gt; &amp; &quot;Ada&quot;,"),
        "{html}"
    );
    assert!(html.contains("&lt;b&gt;"), "{html}");
}

#[test]
fn a_message_has_one_message_id_for_all_attempts() {
    let ada = user("ada@example.com");
    let data = MessageData::new();
    let kind = MessageKind::Approved;
    let message = Message::new(kind, Some(ada.id), ada.email, data, ada.created_at);
    let id = message.id;
    assert_eq!(site().message_id(&message), format!("<{id}@plan.example>"));
    for base_url in ["", "http://[::1]:8000", "http://x\r\n>y/"] {
        let site = Site {
            base_url: base_url.to_owned(),
            ..site()
        };
        let written = site.message_id(&message);
        assert!(written.starts_with(&format!("<{id}@")) && written.ends_with('>'));
        assert!(!written.contains(['\r', '\n', '[', ' ']), "{written}");
    }
}
