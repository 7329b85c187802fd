//! `guestlist users unlock`

use std::io::{self, Write};

use clap::Args;
use guestlist::Email;

use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The e-mail address of the account
    #[arg(value_parser = Email::parse_local)]
    email: Email,
}

/// Clears the account's counters. The account need not exist: its counters do not tell.
pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    app.guestlist.unlock(&arguments.email).await?;
    let email = &arguments.email;
    match app.guestlist.find_user_by_email(email).await? {
        Some(_) => writeln!(io::stdout().lock(), "unlocked {email}")?,
        None => writeln!(
            io::stdout().lock(),
            "no account has the address {email}; its counters are cleared"
        )?,
    }
    Ok(())
}
