//! `guestlist users verify`

use std::io::{self, Write};

use clap::Args;

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
    let is_verified = app.guestlist.verify_user(user.id).await?;
    anyhow::ensure!(
        is_verified,
        "the user was changed in the meantime; try again"
    );
    writeln!(io::stdout().lock(), "verified {} {}", user.id, user.email)?;
    Ok(())
}
