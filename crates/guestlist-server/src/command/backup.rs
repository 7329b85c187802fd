//! `guestlist backup`: copies the SQLite database to a new file. A server may run.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::ensure;
use clap::Args;
use guestlist_sqlite::back_up;

use super::{inventory::in_one_line, key_files::key_file, open};
use crate::{config::Settings, database};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A new file; only you can read it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Makes the backup, and prints what it contains and what it does not.
pub(super) fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let (database, file) = (
        database::file(settings.database_url.expose())?,
        &arguments.file,
    );
    open::expect_installation(settings)?;
    ensure!(
        file != Path::new("-"),
        "use the name of a new file: a backup is verified after it is written"
    );
    let holds = back_up(&database, file)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}: {}", file.display(), in_one_line(&holds))?;
    if settings.secret_key.is_none() {
        let key = key_file(settings);
        writeln!(
            out,
            "The secret key is not in it. Keep a copy of {} in another place.",
            key.display()
        )?;
    }
    Ok(())
}
