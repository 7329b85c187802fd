//! From a mail to the bytes that a mail server gets.

use guestlist::{Email, Mail, MailError};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

/// Encodes a mail. The plain text comes first.
///
/// # Errors
///
/// [`MailError::Permanent`] if an address cannot stand in a mail.
pub(super) fn message(from: &Email, name: &str, mail: &Mail) -> Result<Message, MailError> {
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    let builder = Message::builder()
        .from(Mailbox::new(Some(one_line(name)), address(from)?))
        .to(Mailbox::new(None, address(&mail.to)?))
        .subject(one_line(&mail.subject))
        .message_id(Some(mail.message_id.clone()))
        .date_now()
        .raw_header(automatic);
    let text = SinglePart::plain(mail.text.clone());
    let built = match &mail.html {
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .singlepart(text)
                .singlepart(SinglePart::html(html.clone())),
        ),
        None => builder.singlepart(text),
    };
    built.map_err(|error| MailError::Permanent(error.to_string()))
}

/// Control characters become spaces, so that no value begins another header.
fn one_line(text: &str) -> String {
    text.replace(
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'),
        " ",
    )
}

/// The local part as its owner wrote it, at the ASCII form of the domain: many mail servers take no
/// other form.
fn address(email: &Email) -> Result<Address, MailError> {
    let local_part = email
        .as_given()
        .rsplit_once('@')
        .map(|(local_part, _)| local_part);
    let domain = email.key().rsplit_once('@').map(|(_, domain)| domain);
    let (Some(local_part), Some(domain)) = (local_part, domain) else {
        return Err(MailError::Permanent("the address has no @".to_owned()));
    };
    Address::new(local_part, domain).map_err(|error| MailError::Permanent(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(to: &str, subject: &str, html: Option<&str>) -> String {
        let from = Email::parse("events@example.org").expect("is an address");
        let mail = Mail {
            message_id: "<1@example.org>".to_owned(),
            to: Email::parse(to).expect("is an address"),
            subject: subject.to_owned(),
            text: "Hello,\n\n.\nhttps://example.org/reset-password/TOKEN\n".to_owned(),
            html: html.map(str::to_owned),
        };
        let message = message(&from, "Zo\u{eb}'s \"Plan\"\r\nBcc: x@evil.example", &mail);
        let bytes = message.expect("is a mail").formatted();
        String::from_utf8(bytes).expect("is text")
    }

    /// EM13: no name and no subject begins another header.
    #[test]
    fn no_value_begins_another_header() {
        let mail = formatted("ada@example.com", "a\r\nBcc: y@evil.example\u{2028}", None);
        let (headers, _) = mail.split_once("\r\n\r\n").expect("has headers");
        for line in headers.lines() {
            assert!(!line.to_lowercase().starts_with("bcc"), "{headers}");
        }
        for header in [
            "Message-ID: <1@example.org>",
            "Auto-Submitted: auto-generated",
            "To: ada@example.com",
        ] {
            assert!(headers.contains(header), "{header}: {headers}");
        }
    }

    #[test]
    fn plain_text_comes_first_and_names_may_have_any_letters() {
        let mail = formatted(
            "zo\u{eb}@ex\u{e4}mple.example",
            "\u{1f980} Gr\u{fc}\u{df}e",
            Some("<p>a</p>"),
        );
        let plain = mail.find("text/plain").expect("has plain text");
        let html = mail.find("text/html").expect("has HTML");
        assert!(plain < html);
        assert!(mail.contains("@xn--exmple-cua.example"), "{mail}");
    }
}
