//! `guestlist tokens revoke`

use std::io::{self, Write};

use anyhow::bail;
use clap::Args;
use guestlist::{Ended, TokenId};

use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The id of the token, as `guestlist tokens list` shows it
    id: TokenId,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let id = arguments.id;
    match app.guestlist.revoke_service_token(id).await? {
        Ended::Now => writeln!(io::stdout().lock(), "revoked {id}")?,
        Ended::Before => bail!("there is no token {id} of a service"),
    }
    Ok(())
}
