//! `guestlist users export`

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::Args;

use super::{private_file, record::Record};
use crate::{app::App, command::listing::PAGE};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Also writes the password hashes
    #[arg(long)]
    with_hashes: bool,
    /// Writes to a new file that only you can read, instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the users a page at a time, so that they are never in memory as a whole.
pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let out: Box<dyn Write> = match &arguments.output {
        Some(path) => Box::new(private_file::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::new(out);
    let mut after = None;
    loop {
        let page = app.guestlist.list_users(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        for user in &page {
            let record = if arguments.with_hashes {
                Record::with_hash(user)
            } else {
                Record::of(user)
            };
            serde_json::to_writer(&mut out, &record).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        after = Some(last.id);
    }
    Ok(out.flush()?)
}
