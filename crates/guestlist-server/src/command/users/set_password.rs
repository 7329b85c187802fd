//! `guestlist users set-password`

use std::io::{self, Write};

use clap::Args;

use super::{new_password, who::Who};
use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An e-mail address or an id
    user: Who,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let user = arguments.user.find(app).await?;
    let password = new_password::read()?;
    app.guestlist.set_password(user.id, password).await?;
    writeln!(
        io::stdout().lock(),
        "set the password of {} {}; all sessions have ended",
        user.id,
        user.email
    )?;
    Ok(())
}
