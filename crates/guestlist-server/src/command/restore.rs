//! `guestlist restore`: puts a backup in the place of the database, which no program may have open.
//! By default it ends all sessions and tokens: a backup would bring back those that have ended
//! since.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use guestlist::{Clock, SystemClock, Timestamp};
use guestlist_sqlite::{SqliteStore, restore};

use super::{data_folder::DataFolder, inventory::in_one_line, key_files::key_file};
use crate::{config::Settings, database};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A file made by `guestlist backup`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replaces a database that has records; the old file is kept next to it
    #[arg(long)]
    replace: bool,
    /// Keeps sessions and tokens as in the backup, including those that were ended later
    #[arg(long)]
    keep_sessions: bool,
}

/// Restores the backup, and prints what the database contains.
pub(super) fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let database = database::file(settings.database_url.expose())?;
    let folder = DataFolder::make(settings)?;
    let now = SystemClock::new().now();
    let kept = kept(&database, now);
    let keep_as = arguments.replace.then_some(kept.as_path());
    let schemas = database::sqlite_schemas();
    let (mut services, mut held) = (0, 0);
    let holds = restore(&arguments.file, &database, keep_as, &schemas, |copy| {
        if !arguments.keep_sessions {
            services = SqliteStore::end_everything_in(copy)?;
        }
        held = SqliteStore::hold_messages_in(copy, now)?;
        Ok(())
    })?;
    folder.keep();
    let mut out = io::stdout().lock();
    writeln!(out, "{}: {}", database.display(), in_one_line(&holds))?;
    if arguments.keep_sessions {
        writeln!(
            out,
            "Sessions and tokens are as in the backup, including those that were ended later. `guestlist sessions \
             end-all --services` ends them."
        )?;
    } else {
        writeln!(
            out,
            "All sessions and personal access tokens have ended; tokens of services removed: {services}. All users must sign in again."
        )?;
    }
    if held > 0 {
        writeln!(
            out,
            "Mails held: {held}, because some may have been sent since the backup. `guestlist outbox release` sends them."
        )?;
    }
    if kept.exists() {
        writeln!(out, "The old database is kept in {}.", kept.display())?;
    }
    let key = key_file(settings);
    if settings.secret_key.is_none() && !key.exists() {
        writeln!(
            out,
            "The backup does not contain the secret key. Copy the key of that time to {} before the server starts: \
             with another key all users must sign in again.",
            key.display()
        )?;
    }
    Ok(())
}

/// Returns a new name in the same folder. It has no colons, because some file systems refuse them.
fn kept(database: &Path, now: Timestamp) -> PathBuf {
    let now = now.to_string().replace([':', '-'], "");
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".replaced-{now}"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_is_named_after_the_time() {
        let kept = kept(
            Path::new("data/a.sqlite"),
            Timestamp::from_millis(1_795_255_954_123),
        );
        let expected = "data/a.sqlite.replaced-20261121T101234.123Z";
        assert_eq!(kept, Path::new(expected));
    }
}
