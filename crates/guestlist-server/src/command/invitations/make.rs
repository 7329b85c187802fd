//! `guestlist invitations make`

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::Args;
use guestlist::{Email, LinkPurpose, NewInvitation, TokenName};

use crate::app::App;

const DAY: u64 = 24 * 60 * 60;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The only address that may sign up with it [default: any]
    #[arg(long, value_parser = Email::parse)]
    email: Option<Email>,
    /// A note for administrators
    #[arg(long, value_parser = note)]
    note: Option<TokenName>,
    /// How many users may sign up with it
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// For how many days it is valid
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=366))]
    days: u64,
    /// Mail the link to the address
    #[arg(long, requires = "email")]
    send: bool,
}

fn note(text: &str) -> Result<TokenName, String> {
    TokenName::parse(text).map_err(|error| error.about("note"))
}

/// Prints only the link to stdout, so that a script can read it. The rest goes to stderr, also the
/// warning about the link.
pub(super) async fn run(
    app: &App,
    arguments: Arguments,
    warning: Option<&str>,
) -> anyhow::Result<()> {
    let new = NewInvitation {
        note: arguments.note,
        email: arguments.email,
        uses: arguments.uses,
        valid_for: Duration::from_secs(arguments.days * DAY),
        send: arguments.send,
    };
    let made = app.guestlist.make_invitation(None, new).await?;
    let invitation = &made.invitation;
    let whom = match &invitation.email {
        Some(email) => format!("for {email}"),
        None => "for every visitor with the link".to_owned(),
    };
    writeln!(
        io::stderr().lock(),
        "made invitation {} {whom}, until {}. Copy the link: it is not shown again",
        invitation.id,
        invitation.expires_at
    )?;
    if let Some(warning) = warning {
        writeln!(io::stderr().lock(), "{warning}")?;
    }
    let link = made.link.url(&app.base_url, LinkPurpose::Invitation);
    writeln!(io::stdout().lock(), "{}", *link)?;
    Ok(())
}
