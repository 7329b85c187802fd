//! `guestlist sessions end-all`

use std::io::{self, IsTerminal, Write};

use anyhow::ensure;
use clap::Args;
use guestlist::counted;

use crate::{app::App, command::progress::Progress};

/// The number of users that are processed at once.
const BATCH: u32 = 500;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Also revokes all tokens of services
    #[arg(long)]
    services: bool,
    /// Does not ask; required without a terminal
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.yes {
        confirm(arguments.services)?;
    }
    let mut progress = Progress::start(None);
    let (mut users, mut after) = (0, None);
    loop {
        let ended = app.guestlist.end_everything(after, BATCH).await?;
        let Some(last) = ended.last() else { break };
        after = Some(*last);
        users += u64::try_from(ended.len()).unwrap_or(u64::MAX);
        progress.show(users, &counted(users, "user"));
    }
    let services = if arguments.services {
        Some(app.guestlist.revoke_service_tokens().await?)
    } else {
        None
    };
    progress.finish();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "ended all sessions and personal access tokens of {}",
        counted(users, "user")
    )?;
    match services {
        Some(revoked) => writeln!(out, "revoked {} of services", counted(revoked, "token"))?,
        None => writeln!(
            out,
            "tokens of services stay valid; --services also revokes them"
        )?,
    }
    Ok(())
}

fn confirm(services: bool) -> anyhow::Result<()> {
    let stdin = io::stdin();
    ensure!(
        stdin.is_terminal(),
        "there is no terminal to ask for confirmation; use --yes to end all sessions without asking"
    );
    let services = if services {
        ", and all tokens of services"
    } else {
        ""
    };
    let mut out = io::stderr().lock();
    write!(
        out,
        "End all sessions and personal access tokens of all users{services}? All users must sign in again. Type yes: "
    )?;
    out.flush()?;
    let mut answer = String::new();
    stdin.read_line(&mut answer)?;
    ensure!(answer.trim() == "yes", "cancelled: no session was ended");
    Ok(())
}
