//! `guestlist users`: manages users. A server may run: it refuses ended sessions within
//! `sessions.recheck`.

mod add;
mod list;
mod show;

mod approve;
mod disable;
mod enable;
mod remove_second_factor;
mod role;
mod unlock;
mod verify;

mod delete;
mod reset_link;
mod set_password;

mod data;
mod export;
mod import;

mod new_password;
mod private_file;
mod record;
pub(super) mod who;

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
    /// Adds a user; asks for the password, or reads it from stdin
    Add(add::Arguments),
    /// Lists all users
    List(list::Arguments),
    /// Shows one user
    Show(show::Arguments),
    /// Disables a user: ends all sessions, and refuses to sign the user in
    Disable(disable::Arguments),
    /// Enables a disabled user
    Enable(enable::Arguments),
    /// Forgets the wrong passwords that were tried at an account, so that its owner can sign in
    Unlock(unlock::Arguments),
    /// Makes a user administrator, or a member again
    Role(role::Arguments),
    /// Lets a user sign in who waits for an approval (sign_up.policy = approval)
    Approve(approve::Arguments),
    /// Verifies the e-mail address of a user, without a mail
    Verify(verify::Arguments),
    /// Deletes a user and all their events
    Delete(delete::Arguments),
    /// Sets the password of a user and ends all sessions; asks for the password, or reads it from
    /// stdin
    SetPassword(set_password::Arguments),
    /// Removes the second factor of a user, who then signs in with the password alone
    RemoveSecondFactor(remove_second_factor::Arguments),
    /// Makes a link with which a user sets a new password, and prints it once; works without mail
    ResetLink(reset_link::Arguments),
    /// Imports users of another system with their password hashes, from CSV or NDJSON
    Import(import::Arguments),
    /// Writes all users as NDJSON, which `import` can read
    Export(export::Arguments),
    /// Writes all that is stored about one user as JSON, as the user's own export has it
    Data(data::Arguments),
}

pub(super) fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        // An installation may begin with these.
        Command::Add(add) => add::run(settings, add),
        Command::Import(import) => import::run(settings, &import),
        // The names of counters are made with the secret.
        unlock @ Command::Unlock(_) => {
            open::with_app(settings, Opening::NeedsSecret, async |app| {
                unlock.run(app).await
            })
        }
        // The link is made under the secret.
        Command::ResetLink(link) => {
            let warning = settings.warning_about_links();
            open::with_app(settings, Opening::NeedsSecret, async |app| {
                reset_link::run(&app, &link, warning.as_deref()).await
            })
        }
        command => open::with_installation(settings, async |app| command.run(app).await),
    }
}

impl Command {
    async fn run(self, app: App) -> anyhow::Result<()> {
        match self {
            // These open the installation themselves.
            Self::Add(_) | Self::Import(_) | Self::ResetLink(_) => Ok(()),
            Self::List(arguments) => list::run(&app, &arguments).await,
            Self::Show(arguments) => show::run(&app, &arguments).await,
            Self::Disable(arguments) => disable::run(&app, &arguments).await,
            Self::Enable(arguments) => enable::run(&app, &arguments).await,
            Self::Unlock(arguments) => unlock::run(&app, &arguments).await,
            Self::Role(arguments) => role::run(&app, &arguments).await,
            Self::Approve(arguments) => approve::run(&app, &arguments).await,
            Self::Verify(arguments) => verify::run(&app, &arguments).await,
            Self::Delete(arguments) => delete::run(&app, &arguments).await,
            Self::SetPassword(arguments) => set_password::run(&app, &arguments).await,
            Self::RemoveSecondFactor(arguments) => {
                remove_second_factor::run(&app, &arguments).await
            }
            Self::Export(arguments) => export::run(&app, &arguments).await,
            Self::Data(arguments) => data::run(&app, &arguments).await,
        }
    }
}
