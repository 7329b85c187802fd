//! `guestlist users role`

use std::io::{self, Write};

use clap::Args;
use guestlist::Role;

use super::who::Who;
use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An e-mail address or an id
    user: Who,
    /// admin or member
    role: Role,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let user = arguments.user.find(app).await?;
    app.guestlist.set_role(user.id, arguments.role).await?;
    writeln!(
        io::stdout().lock(),
        "{} {} is {} now",
        user.id,
        user.email,
        arguments.role
    )?;
    Ok(())
}
