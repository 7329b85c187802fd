//! `guestlist users approve`

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
    let words = match app.guestlist.approve_user(user.id).await? {
        true => "approved",
        false => "was approved before:",
    };
    writeln!(io::stdout().lock(), "{words} {} {}", user.id, user.email)?;
    Ok(())
}
