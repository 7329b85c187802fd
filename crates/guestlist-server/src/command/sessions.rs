//! `guestlist sessions`: everybody's sessions. A server may run beside it: what is ended here is refused there within
//! `sessions.recheck`.

mod end_all;

use clap::{Args, Subcommand};

use super::open;
use crate::config::Settings;

/// The flags of this command alone.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ends all sessions and personal tokens of all users, who sign in again with the password they have
    EndAll(end_all::Arguments),
}

pub(super) fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<()> {
    open::with_installation(settings, async |app| match arguments.command {
        Command::EndAll(arguments) => end_all::run(&app, &arguments).await,
    })
}
