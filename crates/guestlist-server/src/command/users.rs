//! `guestlist users`: the accounts, from the command line. A server may run beside it: what is ended
//! here is over there within `sessions.recheck`.

mod add;
mod list;
mod show;

mod disable;
mod enable;

mod delete;
mod set_password;

mod export;
mod import;

mod new_password;
mod private_file;
mod record;
mod who;

use clap::{Args, Subcommand};

use super::open;
use crate::{app::App, config::Settings};

pub(super) use list::{PAGE, second};

/// The flags of this command alone.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Adds a user; the password is asked for, or read from stdin
    Add(add::Arguments),
    /// Lists all users
    List(list::Arguments),
    /// Shows one user
    Show(show::Arguments),
    /// Keeps a user out and ends all sessions
    Disable(disable::Arguments),
    /// Lets a user in again
    Enable(enable::Arguments),
    /// Deletes a user and everything they planned
    Delete(delete::Arguments),
    /// Gives a user another password and ends all sessions; it is asked for, or read from stdin
    SetPassword(set_password::Arguments),
    /// Takes in users of another system, with the passwords they have, from CSV or NDJSON
    Import(import::Arguments),
    /// Writes all users as NDJSON, which `import` reads
    Export(export::Arguments),
}

pub(super) fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        // An installation may begin with these.
        Command::Add(add) => add::run(settings, add),
        Command::Import(import) => import::run(settings, &import),
        command => open::with_installation(settings, async |app| command.run(app).await),
    }
}

impl Command {
    async fn run(self, app: App) -> anyhow::Result<()> {
        match self {
            // Both open the installation themselves.
            Self::Add(_) | Self::Import(_) => Ok(()),
            Self::List(arguments) => list::run(&app, &arguments).await,
            Self::Show(arguments) => show::run(&app, &arguments).await,
            Self::Disable(arguments) => disable::run(&app, &arguments).await,
            Self::Enable(arguments) => enable::run(&app, &arguments).await,
            Self::Delete(arguments) => delete::run(&app, &arguments).await,
            Self::SetPassword(arguments) => set_password::run(&app, &arguments).await,
            Self::Export(arguments) => export::run(&app, &arguments).await,
        }
    }
}
