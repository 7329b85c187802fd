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
use crate::{config::Settings, examination::Row};

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
    let Row {
        what,
        count,
        meaning,
    } = row;
    let row = format!("{what:26}{count:>9}  {meaning}");
    writeln!(out, "{}", row.trim_end())
}
