//! `guestlist users add`

use std::io::{self, Write};

use clap::Args;
use guestlist::{Email, UserName};

use super::new_password;
use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The e-mail address with which the user signs in
    #[arg(value_parser = Email::parse)]
    email: Email,
    /// The name that others see
    #[arg(long, value_parser = UserName::parse)]
    name: Option<UserName>,
}

pub(super) async fn run(app: &App, arguments: Arguments) -> anyhow::Result<()> {
    let password = new_password::read()?;
    let user = app
        .guestlist
        .add_user(arguments.email, arguments.name, password)
        .await?;
    writeln!(io::stdout().lock(), "added {} {}", user.id, user.email)?;
    Ok(())
}
