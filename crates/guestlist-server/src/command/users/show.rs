//! `guestlist users show`

use std::io::{self, Write};

use clap::Args;
use guestlist::{PasswordHash, Timestamp};

use super::who::Who;
use crate::app::App;

/// Who it is.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An e-mail address or an id
    user: Who,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let user = arguments.user.find(app).await?;
    let since = |instant: Option<Timestamp>| match instant {
        Some(instant) => format!("since {instant}"),
        None => "no".to_owned(),
    };
    let scheme = user.password_hash.as_ref().map(scheme);
    let mut out = io::stdout().lock();
    for (what, value) in [
        ("id", user.id.to_string()),
        ("e-mail", user.email.to_string()),
        (
            "name",
            user.name
                .map_or_else(|| "-".to_owned(), |name| name.to_string()),
        ),
        ("created", user.created_at.to_string()),
        ("verified", since(user.verified_at)),
        ("disabled", since(user.disabled_at)),
        ("password", scheme.unwrap_or("none").to_owned()),
    ] {
        writeln!(out, "{what:8}  {value}")?;
    }
    Ok(())
}

/// What a hash says of its scheme: a short word that stands between delimiters, so that nothing of
/// the salt or the output is ever taken for one.
fn scheme(hash: &PasswordHash) -> &str {
    let text = hash.as_stored();
    let name = match text.strip_prefix(['$', '{']) {
        Some(rest) => rest.split_once(['$', '}', ',']),
        None => text.split_once('$'),
    };
    match name.map(|(name, _)| name) {
        Some("2a" | "2b" | "2x" | "2y") => "bcrypt",
        Some(name) if is_word(name) => name,
        _ => "unknown",
    }
}

fn is_word(name: &str) -> bool {
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=32).contains(&name.len()) && name.bytes().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_shown_and_nothing_else_of_a_hash() {
        for (hash, expected) in [
            ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$b3V0", "argon2id"),
            ("$2b$12$abcdefghijklmnopqrstuv", "bcrypt"),
            ("pbkdf2_sha256$720000$salt$out", "pbkdf2_sha256"),
            ("$pbkdf2-sha256$29000$salt$out", "pbkdf2-sha256"),
            ("{SSHA}c2FsdA", "SSHA"),
            ("5f4dcc3b5aa765d61d8327deb882cf99", "unknown"),
            ("secret words$x", "unknown"),
            ("$", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(scheme(&PasswordHash::from_stored(hash)), expected, "{hash}");
        }
    }
}
