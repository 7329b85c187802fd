//! `guestlist users delete`

use std::io::{self, IsTerminal, Write};

use anyhow::ensure;
use clap::Args;
use guestlist::User;

use super::who::Who;
use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An e-mail address or an id
    user: Who,
    /// Does not ask; required without a terminal
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let user = arguments.user.find(app).await?;
    if !arguments.yes {
        confirm(&user)?;
    }
    app.delete_user(user.id).await?;
    writeln!(io::stdout().lock(), "deleted {} {}", user.id, user.email)?;
    Ok(())
}

fn confirm(user: &User) -> anyhow::Result<()> {
    let stdin = io::stdin();
    ensure!(
        stdin.is_terminal(),
        "there is no terminal to ask for confirmation; use --yes to delete without asking"
    );
    let mut out = io::stderr().lock();
    write!(
        out,
        "Delete {} and all their events? Type yes: ",
        user.email
    )?;
    out.flush()?;
    let mut answer = String::new();
    stdin.read_line(&mut answer)?;
    ensure!(answer.trim() == "yes", "cancelled: nothing was deleted");
    Ok(())
}
