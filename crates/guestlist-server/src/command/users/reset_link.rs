//! `guestlist users reset-link`

use std::io::{self, Write};

use clap::Args;
use guestlist::LinkPurpose;

use super::who::Who;
use crate::app::App;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An e-mail address or an id
    user: Who,
}

/// Prints only the link to stdout, so that a script can read it. The rest goes to stderr, also the
/// warning about the link.
pub(super) async fn run(
    app: &App,
    arguments: &Arguments,
    warning: Option<&str>,
) -> anyhow::Result<()> {
    let user = arguments.user.find(app).await?;
    let made = app.guestlist.make_reset_link(user.id).await?;
    writeln!(
        io::stderr().lock(),
        "made a link with which {} sets a new password. It works once, until {}. Give it to this user only: it is not \
         shown again",
        user.email,
        made.expires_at
    )?;
    if let Some(warning) = warning {
        writeln!(io::stderr().lock(), "{warning}")?;
    }
    let link = made.token.url(&app.base_url, LinkPurpose::ResetPassword);
    writeln!(io::stdout().lock(), "{}", *link)?;
    Ok(())
}
