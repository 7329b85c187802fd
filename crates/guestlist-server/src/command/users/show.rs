//! `guestlist users show`

use std::io::{self, Write};

use clap::Args;
use guestlist::{HashStanding, PasswordHash, Timestamp};

use super::who::Who;
use crate::app::App;

/// The arguments of this command.
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
    let password = user.password_hash.as_ref().map(|hash| kept(app, hash));
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
        ("role", user.role.to_string()),
        (
            "approved",
            match user.approved_at {
                Some(at) => format!("since {at}"),
                None => "no: the user cannot sign in".to_owned(),
            },
        ),
        ("password", password.unwrap_or_else(|| "none".to_owned())),
    ] {
        writeln!(out, "{what:8}  {value}")?;
    }
    Ok(())
}

/// Describes how the password is stored: the scheme of the hash and its state, never the hash.
fn kept(app: &App, hash: &PasswordHash) -> String {
    let Some(scheme) = hash.scheme() else {
        return "unreadable: the user cannot sign in".to_owned();
    };
    let becomes = match app.guestlist.standing(hash) {
        HashStanding::Current => "",
        HashStanding::Outdated => ", replaced at the next sign-in",
        HashStanding::Cut => {
            ", replaced at the next sign-in unless the password has more than 72 bytes"
        }
        HashStanding::NotListed => ", not in passwords.schemes: the user cannot sign in",
        HashStanding::Unreadable => ", unreadable: the user cannot sign in",
    };
    format!("{scheme}{becomes}")
}
