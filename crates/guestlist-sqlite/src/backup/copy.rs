//! A copy under a name of its own, until it is known to be good.

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
    BackupError,
    inventory::{Inventory, damage},
};

/// Pages at a time.
const PAGES: i32 = 1_024;

/// A copy that is whole, verified and on the disk, and goes unless it is given a name.
#[derive(Debug)]
pub(super) struct Written {
    path: PathBuf,
    pub(super) inventory: Inventory,
}

impl Written {
    /// A new file, for this user alone.
    fn empty(path: PathBuf) -> Result<Self, BackupError> {
        super::create(&path).map_err(BackupError::writing(&path))?;
        Ok(Self {
            path,
            inventory: Inventory::default(),
        })
    }

    /// Gives it its name, unless something has that by now.
    pub(super) fn name(self, file: &Path) -> Result<(), BackupError> {
        let named = match fs::hard_link(&self.path, file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(file.to_owned()));
            }
            // Not every file system can give a file two names.
            Err(_) => fs::rename(&self.path, file),
            Ok(()) => Ok(()),
        };
        named
            .and_then(|()| super::sync_folder(file))
            .map_err(BackupError::writing(file))
    }

    /// Changes it, all or nothing, and brings it to the disk again.
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

    /// Puts it in the place of what has the name, in one step.
    pub(super) fn replace(self, file: &Path) -> io::Result<()> {
        fs::rename(&self.path, file)?;
        super::sync_folder(file)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // After a rename there is nothing to remove.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes all that the connection sees now to a new file beside the one of that name.
pub(super) fn beside(file: &Path, from: &Connection) -> Result<Written, BackupError> {
    let process = std::process::id();
    let pages = Written::empty(super::beside(file, &format!(".pages-{process}")))?;
    let pages = copied(pages, from)?;
    let anew = Written::empty(super::beside(file, &format!(".unfinished-{process}")))?;
    written_anew(anew, pages)
}

/// Fills it with the same pages, and what was deleted may still be in them.
fn copied(mut written: Written, from: &Connection) -> Result<Written, BackupError> {
    let path = written.path.clone();
    let failed = BackupError::asking(&path);
    // What is counted in this snapshot is what the pages are copied from.
    let snapshot = from.unchecked_transaction().map_err(&failed)?;
    let expected = Inventory::of(&snapshot).map_err(&failed)?;
    let mut to = Connection::open(&path).map_err(&failed)?;
    // It lasts for minutes at most.
    let quick = to.pragma_update(None, "synchronous", "OFF");
    quick.map_err(&failed)?;
    copy(&snapshot, &mut to).map_err(&failed)?;
    drop(snapshot);
    // One file: the copy of one with a log would bring a log into being beside itself.
    let switch = to.pragma_update(None, "journal_mode", "DELETE");
    switch.map_err(&failed)?;
    if let Some(damage) = damage(&to).map_err(&failed)? {
        // Of the copy nobody has heard.
        let path = from.path().map_or(path.clone(), PathBuf::from);
        return Err(BackupError::Damaged { path, damage });
    }
    written.inventory = expected;
    to.close().map_err(|(_, error)| failed(error))?;
    Ok(written)
}

/// Fills it with the same rows in new pages.
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
