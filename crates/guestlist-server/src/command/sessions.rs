//! `guestlist sessions`: the sessions of all users. A server may run: it refuses ended sessions
//! within `sessions.recheck`.

mod end_all;

use clap::{Args, Subcommand};

use super::open;
use crate::config::Settings;

/// The flags of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ends all sessions and personal access tokens of all users, who then sign in again
    EndAll(end_all::Arguments),
}

pub(super) fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<()> {
    open::with_installation(settings, async |app| match arguments.command {
        Command::EndAll(arguments) => end_all::run(&app, &arguments).await,
    })
}
