//! `guestlist config`

use std::io::{self, Write};

use crate::config::Settings;

/// Prints each setting with its value and its source.
pub(super) fn run(settings: &Settings) -> anyhow::Result<()> {
    let table = settings.table();
    let width = |of: fn(&crate::config::Row) -> &str| {
        table
            .iter()
            .map(|row| of(row).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (names, values) = (width(|row| row.name), width(|row| &row.value));
    let mut out = io::stdout().lock();
    for row in &table {
        writeln!(
            out,
            "{:names$}  {:values$}  {}",
            row.name, row.value, row.origin
        )?;
    }
    Ok(())
}
