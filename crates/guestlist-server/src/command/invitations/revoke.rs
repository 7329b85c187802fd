//! `guestlist invitations revoke`

use std::io::{self, Write};

use clap::Args;
use guestlist::InvitationId;

use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The id, as `guestlist invitations list` shows it
    id: InvitationId,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let words = match app.guestlist.revoke_invitation(arguments.id).await? {
        true => "revoked",
        false => "no open invitation has the id",
    };
    writeln!(io::stdout().lock(), "{words} {}", arguments.id)?;
    Ok(())
}
