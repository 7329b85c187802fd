//! `guestlist backup`: the database of SQLite in a new file, beside a running server or without one.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::ensure;
use clap::Args;
use guestlist_sqlite::{Inventory, back_up};

use super::open;
use crate::{config::Settings, database};

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A new file, which only you can read
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Makes it, and says what is in it and what is not.
pub(super) fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let (database, file) = (
        database::file(settings.database_url.expose())?,
        &arguments.file,
    );
    open::expect_installation(settings)?;
    ensure!(
        file != Path::new("-"),
        "give the name of a new file: a backup is verified after it was written"
    );
    let holds = back_up(&database, file)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}: {}", file.display(), told(&holds))?;
    if settings.secret_key.is_none() {
        let key = open::key_file(settings);
        writeln!(
            out,
            "The secret key is not in it. Keep a copy of {} in another place.",
            key.display()
        )?;
    }
    Ok(())
}

/// How much there is, in one line.
pub(super) fn told(holds: &Inventory) -> String {
    let filled = holds.tables().filter(|(_, rows)| *rows > 0);
    let counts: Vec<_> = filled
        .map(|(table, rows)| format!("{table} {rows}"))
        .collect();
    if counts.is_empty() {
        return "no records".to_owned();
    }
    counts.join(", ")
}
