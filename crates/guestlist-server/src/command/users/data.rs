//! `guestlist users data`

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::Args;
use guestlist::SecurityEventKind;

use super::{private_file, who::Who};
use crate::{app::App, data_export};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An e-mail address or an id
    user: Who,
    /// Writes to a new file that only you can read, instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let user = arguments.user.find(app).await?;
    let out: Box<dyn Write> = match &arguments.output {
        Some(path) => Box::new(private_file::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::new(out);
    data_export::write(app, &user, &mut out).await?;
    out.flush()?;
    let event = app.guestlist.event(user.id, SecurityEventKind::Exported);
    app.guestlist.record_event(event).await;
    Ok(())
}
