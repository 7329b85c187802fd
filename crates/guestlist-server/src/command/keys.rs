//! `guestlist keys`: the keys that sign access tokens. A server may run: it reads the keys every
//! ten minutes, and a new key signs after an hour.

mod list;
mod rotate;

use clap::{Args, Subcommand};

use super::{open, opening::Opening};
use crate::{app::App, config::Settings};

/// The flags of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the keys in the database, and shows which one signs
    List,
    /// Creates a key; it is published at once and signs in an hour
    Rotate,
}

pub(super) fn run(settings: Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let opening = match arguments.command {
        Command::Rotate => Opening::NeedsSecret,
        Command::List => Opening::Needs,
    };
    open::with_app(settings, opening, async |app| {
        arguments.command.run(&app).await
    })
}

impl Command {
    async fn run(&self, app: &App) -> anyhow::Result<()> {
        match self {
            Self::List => list::run(app).await,
            Self::Rotate => rotate::run(app).await,
        }
    }
}
