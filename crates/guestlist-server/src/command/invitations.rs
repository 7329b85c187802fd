//! `guestlist invitations`: invitations to sign up. A server may run.

mod list;
mod make;
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
    /// Makes an invitation, and prints its link once
    Make(make::Arguments),
    /// Lists all invitations, without their links
    List,
    /// Revokes an invitation; users who have signed up with it stay
    Revoke(revoke::Arguments),
}

pub(super) fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<()> {
    let opening = match arguments.command {
        // The link is derived from the secret of the server.
        Command::Make(_) => Opening::NeedsSecret,
        Command::List | Command::Revoke(_) => Opening::Needs,
    };
    let warning = settings.warning_about_links();
    open::with_app(settings, opening, async |app| {
        arguments.command.run(app, warning.as_deref()).await
    })
}

impl Command {
    async fn run(self, app: App, warning: Option<&str>) -> anyhow::Result<()> {
        match self {
            Self::Make(arguments) => make::run(&app, arguments, warning).await,
            Self::List => list::run(&app).await,
            Self::Revoke(arguments) => revoke::run(&app, &arguments).await,
        }
    }
}
