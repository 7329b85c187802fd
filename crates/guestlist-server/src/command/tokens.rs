//! `guestlist tokens`: the tokens with which services introspect other tokens. A server may run: it
//! accepts a new token at once, and refuses a revoked one within `sessions.recheck`.

mod issue;
mod list;
mod revoke;

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
    /// Creates a token for a service, and prints it once
    Issue(issue::Arguments),
    /// Lists the tokens of all services
    List,
    /// Revokes a token of a service
    Revoke(revoke::Arguments),
}

pub(super) fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<()> {
    let opening = match arguments.command {
        Command::Issue(_) => Opening::NeedsSecret,
        Command::List | Command::Revoke(_) => Opening::Needs,
    };
    open::with_app(settings, opening, async |app| {
        arguments.command.run(app).await
    })
}

impl Command {
    async fn run(self, app: App) -> anyhow::Result<()> {
        match self {
            Self::Issue(arguments) => issue::run(&app, arguments).await,
            Self::List => list::run(&app).await,
            Self::Revoke(arguments) => revoke::run(&app, &arguments).await,
        }
    }
}
