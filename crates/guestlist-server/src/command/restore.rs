//! `guestlist restore`: puts a backup in the place of the database, which no program may have open. By default it ends
//! all sessions and tokens: a backup would bring back those that have ended since.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use guestlist::{Clock, SystemClock, Timestamp};
use guestlist_sqlite::{SqliteStore, restore};

use super::{backup::told, open};
use crate::{config::Settings, database};

/// What to restore, and over what.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What `guestlist backup` made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replaces a database with records in it, and keeps that one beside it
    #[arg(long)]
    replace: bool,
    /// Leaves sessions, personal tokens and tokens of services as they were, also those that have ended since
    #[arg(long)]
    keep_sessions: bool,
}

/// Does it, and says what there is now.
pub(super) fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let database = database::file(settings.database_url.expose())?;
    let folder = open::DataFolder::make(settings)?;
    let kept = kept(&database, SystemClock::new().now());
    let keep_as = arguments.replace.then_some(kept.as_path());
    let schemas = database::sqlite_schemas();
    let mut services = 0;
    let holds = restore(&arguments.file, &database, keep_as, &schemas, |copy| {
        if !arguments.keep_sessions {
            services = SqliteStore::end_everything_in(copy)?;
        }
        Ok(())
    })?;
    folder.keep();
    let mut out = io::stdout().lock();
    writeln!(out, "{}: {}", database.display(), told(&holds))?;
    if arguments.keep_sessions {
        writeln!(
            out,
            "Sessions and tokens are as they were, also those that have ended since the backup. `guestlist sessions \
             end-all --services` ends them."
        )?;
    } else {
        writeln!(
            out,
            "All sessions and personal tokens have ended; tokens of services removed: {services}. Everybody signs in again."
        )?;
    }
    if kept.exists() {
        writeln!(out, "What was there is kept in {}.", kept.display())?;
    }
    let key = open::key_file(settings);
    if settings.secret_key.is_none() && !key.exists() {
        writeln!(
            out,
            "The secret key is not in a backup. Put the one of then into {} before the server starts: under another one \
             everybody has to sign in again.",
            key.display()
        )?;
    }
    Ok(())
}

/// Another name in the same folder. No colons: not every file system takes them.
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
    fn what_is_replaced_is_kept_under_the_time_at_which_it_was() {
        let kept = kept(
            Path::new("data/a.sqlite"),
            Timestamp::from_millis(1_795_255_954_123),
        );
        let expected = "data/a.sqlite.replaced-20261121T101234.123Z";
        assert_eq!(kept, Path::new(expected));
    }
}
