//! `guestlist doctor`: counts what an operator should know, and reports who can read the key files.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use super::{
    key_files::{self, key_file, previous_key_file},
    open,
    opening::Opening,
};
use crate::{
    config::Settings,
    examination::{Counted, Row},
};

/// Counts, and says what the numbers mean. It does not refuse key files that others can read: it
/// reports them.
pub(super) fn run(settings: Settings) -> anyhow::Result<()> {
    let files = key_files(&settings);
    open::with_app(settings, Opening::Examines, async |app| {
        let passwords = app.examine_passwords(u64::MAX).await?;
        let records = app.examine_records().await?;
        let mut out = io::stdout().lock();
        for row in passwords.iter().flatten().chain(&records) {
            report(row, &mut out)?;
        }
        report_files(&files, &mut out)?;
        Ok(())
    })
}

/// The key files that a server would read.
fn key_files(settings: &Settings) -> Vec<PathBuf> {
    let current = settings.secret_key.is_none();
    let previous = settings.secret_key_previous.is_none();
    let current = current.then(|| key_file(settings));
    let previous = previous.then(|| previous_key_file(settings));
    current.into_iter().chain(previous).collect()
}

/// The permissions of each file that exists, and the fix if others can read it.
fn report_files(files: &[PathBuf], out: &mut impl Write) -> io::Result<()> {
    for file in files {
        let Some(mode) = key_files::mode(file) else {
            continue;
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let (what, mode_told) = (format!("mode of {name}"), format!("{mode:04o}"));
        let meaning = match key_files::lets_others_in(mode) {
            true => {
                let file = file.display();
                format!("others on this machine can read it: run `chmod 600 {file}`")
            }
            false => String::new(),
        };
        let row = format!("{what:26}{mode_told:>9}  {meaning}");
        writeln!(out, "{}", row.trim_end())?;
    }
    Ok(())
}

fn report(row: &Row, out: &mut impl Write) -> io::Result<()> {
    let (what, meaning) = words(row.counted);
    // A count of zero needs no meaning.
    let meaning = if row.count == 0 { "" } else { meaning };
    let row = format!("{what:26}{:>9}  {meaning}", row.count);
    writeln!(out, "{}", row.trim_end())
}

/// Returns what is counted and what it means; scripts read these words. A part of the row above
/// begins with two spaces.
fn words(counted: Counted) -> (String, &'static str) {
    let (what, meaning) = match counted {
        Counted::Users => ("users", ""),
        Counted::WithoutPassword => (
            "without a password",
            "cannot sign in until an operator sets one",
        ),
        Counted::Scheme(scheme) => return (format!("password by {scheme}"), ""),
        Counted::Outdated => ("outdated hashes", "are replaced at the next sign-in"),
        Counted::Cut => (
            "  of these, plain bcrypt",
            "replaced at the next change of password if it has more than 72 bytes",
        ),
        Counted::NotListed => (
            "schemes not listed",
            "cannot sign in: passwords.schemes does not list them",
        ),
        Counted::Unreadable => (
            "unreadable hashes",
            "cannot sign in: set a password with guestlist users set-password",
        ),
        Counted::Sessions => (
            "sessions",
            "including expired ones that are not removed yet",
        ),
        Counted::PersonalTokens => ("personal access tokens", ""),
        Counted::ServiceTokens => ("tokens of services", "guestlist tokens list shows them"),
        Counted::Keys => ("keys that sign tokens", "guestlist keys list shows them"),
        Counted::Expired => (
            "expired, of all these",
            "a running server removes them every ten minutes",
        ),
        Counted::PreviousSessions => (
            "sessions, previous secret",
            "end when SECRET_KEY_PREVIOUS is removed, unless they are refreshed before",
        ),
        Counted::PreviousPersonalTokens => (
            "personal, previous secret",
            "end when SECRET_KEY_PREVIOUS is removed, unless they are used before",
        ),
        Counted::PreviousServiceTokens => (
            "services, previous secret",
            "end when SECRET_KEY_PREVIOUS is removed, unless they are used before",
        ),
        Counted::LostTokens => (
            "tokens, another secret",
            "cannot be used: their secret is not configured",
        ),
    };
    (what.to_owned(), meaning)
}
