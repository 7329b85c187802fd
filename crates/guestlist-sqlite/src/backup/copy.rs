//! A copy under a temporary name, until it is verified.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use super::{
    error::BackupError,
    file,
    inventory::{Inventory, damage},
};

/// How many pages are copied at once.
const PAGES: i32 = 1_024;

/// A complete, verified copy on the disk. It is deleted when it is dropped without a final name.
#[derive(Debug)]
pub(super) struct Written {
    path: PathBuf,
    pub(super) inventory: Inventory,
}

impl Written {
    /// Creates an empty file that only this user can read.
    fn empty(path: PathBuf) -> Result<Self, BackupError> {
        file::create(&path).map_err(BackupError::writing(&path))?;
        Ok(Self {
            path,
            inventory: Inventory::default(),
        })
    }

    /// Gives the file its final name, unless another file has the name by now.
    pub(super) fn name(self, file: &Path) -> Result<(), BackupError> {
        let named = match fs::hard_link(&self.path, file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(file.to_owned()));
            }
            // Not every file system supports two names for a file.
            Err(_) => fs::rename(&self.path, file),
            Ok(()) => Ok(()),
        };
        named
            .and_then(|()| file::sync_folder(file))
            .map_err(BackupError::writing(file))
    }

    /// Runs a change in one transaction and syncs the file to the disk again.
    pub(super) fn change(
        mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, BackupError> {
        let path = self.path.clone();
        let failed = BackupError::asking(&path);
        let mut connection = Connection::open(&path).map_err(&failed)?;
        let overwrite = connection.pragma_update(None, "secure_delete", true);
        overwrite.map_err(&failed)?;
        let changed = connection.transaction().and_then(|transaction| {
            change(&transaction)?;
            transaction.commit()
        });
        changed.map_err(&failed)?;
        self.inventory = Inventory::of(&connection).map_err(&failed)?;
        connection.close().map_err(|(_, error)| failed(error))?;
        let synced = File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(BackupError::writing(&path))?;
        Ok(self)
    }

    /// Replaces the file of that name by this one, atomically.
    pub(super) fn replace(self, file: &Path) -> io::Result<()> {
        fs::rename(&self.path, file)?;
        file::sync_folder(file)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // After a rename there is nothing to delete.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes everything that the connection sees now to a new file in the same folder.
pub(super) fn beside(file: &Path, from: &Connection) -> Result<Written, BackupError> {
    let process = std::process::id();
    let pages = Written::empty(file::beside(file, &format!(".pages-{process}")))?;
    let pages = copied(pages, from)?;
    let anew = Written::empty(file::beside(file, &format!(".unfinished-{process}")))?;
    written_anew(anew, pages)
}

/// Fills the file with the same pages, which may still contain deleted data.
fn copied(mut written: Written, from: &Connection) -> Result<Written, BackupError> {
    let path = written.path.clone();
    let failed = BackupError::asking(&path);
    // Rows are counted in the snapshot that the pages are copied from.
    let snapshot = from.unchecked_transaction().map_err(&failed)?;
    let expected = Inventory::of(&snapshot).map_err(&failed)?;
    let mut to = Connection::open(&path).map_err(&failed)?;
    // The file is needed for minutes at most, so it need not survive a crash.
    let quick = to.pragma_update(None, "synchronous", "OFF");
    quick.map_err(&failed)?;
    copy(&snapshot, &mut to).map_err(&failed)?;
    drop(snapshot);
    // A copy with a log would create the log's files beside itself.
    let switch = to.pragma_update(None, "journal_mode", "DELETE");
    switch.map_err(&failed)?;
    if let Some(damage) = damage(&to).map_err(&failed)? {
        // The caller knows the database, not the copy, so the error names the database.
        let path = from.path().map_or(path.clone(), PathBuf::from);
        return Err(BackupError::Damaged { path, damage });
    }
    written.inventory = expected;
    to.close().map_err(|(_, error)| failed(error))?;
    Ok(written)
}

/// Fills the file with the same rows in new pages.
fn written_anew(mut written: Written, pages: Written) -> Result<Written, BackupError> {
    let path = written.path.clone();
    let failed = BackupError::asking(&path);
    let from = Connection::open(&pages.path).map_err(&failed)?;
    let name = path.to_str().ok_or_else(|| {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "its name is not UTF-8");
        BackupError::writing(&path)(source)
    })?;
    from.execute("VACUUM INTO ?1", (name,)).map_err(&failed)?;
    from.close().map_err(|(_, error)| failed(error))?;
    let expected = pages.inventory.clone();
    drop(pages);
    let to = Connection::open(&path).map_err(&failed)?;
    if let Some(damage) = damage(&to).map_err(&failed)? {
        return Err(BackupError::Damaged {
            path: path.clone(),
            damage,
        });
    }
    written.inventory = Inventory::of(&to).map_err(&failed)?;
    to.close().map_err(|(_, error)| failed(error))?;
    if written.inventory != expected {
        return Err(BackupError::Differs(path.clone()));
    }
    let synced = File::open(&path).and_then(|file| file.sync_all());
    synced.map_err(BackupError::writing(&path))?;
    Ok(written)
}

fn copy(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    let backup = Backup::new(from, to)?;
    while backup.step(PAGES)? != StepResult::Done {}
    Ok(())
}
