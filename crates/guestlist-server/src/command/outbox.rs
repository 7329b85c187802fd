//! `guestlist outbox`: the mails that wait or were sent. A server may run.

mod list;
mod show;

use std::io::{self, Write};

use anyhow::bail;
use clap::{Args, Subcommand};
use guestlist::{Marked, MessageId};

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
    /// Lists the mails, newest first
    List(list::Arguments),
    /// Shows one mail: where it goes, its state, its text, and why it was not sent; never its link
    Show(Chosen),
    /// Sends a mail again that failed, at once
    Retry(Chosen),
    /// Queues the mails that a restore holds
    Release,
    /// Ends all links and holds all waiting mails, after a restore by the tools of the database
    Hold,
}

/// One mail.
#[derive(Debug, Args)]
struct Chosen {
    /// The id that `guestlist outbox list` shows
    #[arg(value_name = "ID")]
    id: MessageId,
}

pub(super) fn run(settings: Settings, arguments: &Arguments) -> anyhow::Result<()> {
    open::with_app(settings, Opening::Needs, async |app| {
        arguments.command.run(&app).await
    })
}

impl Command {
    async fn run(&self, app: &App) -> anyhow::Result<()> {
        let said = match self {
            Self::List(arguments) => return list::run(app, arguments).await,
            Self::Show(chosen) => return show::run(app, chosen.id).await,
            Self::Retry(chosen) => match app.guestlist.retry_message(chosen.id).await? {
                Marked::Done => format!("{}: queued", chosen.id),
                Marked::Stale => bail!(
                    "{}: this mail did not fail, or does not exist; `guestlist outbox list --state failed` shows those that failed",
                    chosen.id
                ),
            },
            Self::Release => {
                let released = app.guestlist.release_held_messages().await?;
                format!("queued: {released}. A mail whose link has ended is not sent.")
            }
            Self::Hold => {
                let held = app.guestlist.hold_messages().await?;
                format!(
                    "held: {held}. All links in earlier mails have ended. `guestlist outbox release` queues the mails."
                )
            }
        };
        Ok(writeln!(io::stdout().lock(), "{said}")?)
    }
}
