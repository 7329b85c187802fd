//! `guestlist users remove-second-factor`

use std::io::{self, Write};

use clap::Args;
use guestlist::Ended;

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
    let removed = app.guestlist.remove_second_factor(user.id).await?;
    let done = match removed {
        Ended::Now => "removed the second factor of",
        Ended::Before => "there is no second factor of",
    };
    writeln!(io::stdout().lock(), "{done} {} {}", user.id, user.email)?;
    Ok(())
}
