//! The settings of mails. The URL may have a password, so no message quotes more of it than its
//! scheme.

use guestlist::Email;

use lettre::{AsyncSmtpTransport, Tokio1Executor};

use crate::config::{
    mail_url::MailUrl,
    problem::Problem,
    secret::masked,
    setting::{Form, Kind},
    shell_syntax,
};

pub(crate) const MAIL_URL: Form<MailUrl> = Form {
    kind: Kind::Text,
    words: "the address of a mail server, such as smtp://name:password@mail.example.org:587 or \
            smtps://mail.example.org; or file:FOLDER; or off",
    secret: true,
    parse: mail_url,
    show: MailUrl::to_string,
};

pub(crate) const MAIL_FROM: Form<Option<Email>> = Form {
    kind: Kind::Text,
    words: "an e-mail address, such as events@example.org",
    secret: false,
    parse: mail_from,
    show: |from| from.as_ref().map_or_else(String::new, Email::to_string),
};

fn mail_url(text: &str) -> Result<MailUrl, Problem> {
    if matches!(text, "" | "off") {
        return Ok(MailUrl::Off);
    }
    shell_syntax::refuse_in_url(text, shown_url)?;
    if let Some(folder) = text.strip_prefix("file:") {
        return self::folder(folder);
    }
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("holds a space or a control character".into());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("has no scheme".into());
    };
    if !matches!(scheme, "smtp" | "smtps") {
        return Err(format!("has the unknown scheme {scheme:?}").into());
    }
    if rest.contains(['/', '?', '#']) {
        return Err(Problem::with_fix(
            "has a path or a query",
            "remove it; in a user name or password, write / as %2F, ? as %3F and # as %23",
        ));
    }
    // A password may contain `$NAME`.
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    shell_syntax::refuse(host)?;
    if AsyncSmtpTransport::<Tokio1Executor>::from_url(text).is_err() {
        return Err("does not name a host and a port from 1 to 65535".into());
    }
    Ok(MailUrl::Server(text.to_owned()))
}

fn folder(folder: &str) -> Result<MailUrl, Problem> {
    if folder.is_empty() {
        return Err("names no folder".into());
    }
    if folder.contains(char::is_control) {
        return Err("holds a control character".into());
    }
    shell_syntax::refuse_in_path_of_url("file", folder)?;
    Ok(MailUrl::Folder(folder.into()))
}

/// A URL without its password.
fn shown_url(text: &str) -> String {
    match text.strip_prefix("file:") {
        Some(folder) => format!("file:{}", shell_syntax::without_password(folder)),
        None => masked(text),
    }
}

fn mail_from(text: &str) -> Result<Option<Email>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let email = Email::parse_local(text);
    email.map(Some).map_err(|_| format!("is {text:?}").into())
}
