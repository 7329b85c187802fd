//! `guestlist users enable`

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
    app.guestlist.enable_user(user.id).await?;
    writeln!(io::stdout().lock(), "enabled {} {}", user.id, user.email)?;
    Ok(())
}
