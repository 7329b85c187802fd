//! A backup of a database that is in use: its content at one moment, verified before it gets its
//! name.
//!
//! A backup is made in two parts. First, SQLite's backup API copies the pages. The source
//! connection holds a snapshot during this copy, so the copy must have the same number of rows. A
//! copy of a damaged file has the same damage, which is found here; `VACUUM` could leave out rows
//! without an error. Other connections can read and write during the backup.
//!
//! Then `VACUUM INTO` writes the copy anew. Free pages and unused parts of pages can hold deleted
//! data, which must not get into a backup.

mod copy;
mod error;
mod file;
mod inventory;
mod restore;

use std::{fs, path::Path};

pub use error::BackupError;
pub use inventory::{Damage, Inventory, Schema};
pub use restore::{RestoreError, restore};

/// Backs up the database to a new file that only this user can read. Other connections can read and
/// write during the backup. Returns what the backup contains.
///
/// The backup has everything that was committed before the call, and nothing that was deleted. This
/// function writes the backup under another name, syncs it to the disk, and verifies its pages, its
/// references, and the number of rows in each table. After that, it gives the backup its name. A
/// backup is one file; while it is made, the folder needs room for two.
///
/// # Errors
///
/// If the file exists already, the database cannot be read or is damaged, or the backup cannot be
/// written. After an error, there is no new file of that name.
pub fn back_up(database: &Path, backup: &Path) -> Result<Inventory, BackupError> {
    if fs::symlink_metadata(backup).is_ok() {
        return Err(BackupError::Exists(backup.to_owned()));
    }
    let from = file::open(database)?;
    let written = copy::beside(backup, &from)?;
    let holds = written.inventory.clone();
    written.name(backup)?;
    Ok(holds)
}

#[cfg(test)]
mod tests;
