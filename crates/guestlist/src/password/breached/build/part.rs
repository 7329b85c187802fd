//! The temporary file in which a filter is written, by one process at a time.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The temporary file. It is deleted when it is dropped, unless it was renamed.
pub(super) struct Part {
    path: PathBuf,
    named: bool,
}

impl Part {
    /// Creates the file and locks it as long as it is open. A file that a killed process left is
    /// overwritten.
    pub(super) fn create(target: &Path) -> io::Result<(Self, File)> {
        let mut path = target.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let file = open_alone(&path).map_err(|error| {
            let words = format!("cannot make {} ({error})", path.display());
            io::Error::new(error.kind(), words)
        })?;
        let part = Self { path, named: false };
        file.set_len(0)?;
        Ok((part, file))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames the file to `target` in one step, replacing an existing file.
    pub(super) fn becomes(&mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.named = true;
        // The new name is stored in the folder, which must be synced separately.
        #[cfg(unix)]
        if let Some(folder) = target.parent() {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.named {
            // If this fails, the next build overwrites the file.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens a new file, or one that a killed process left, and locks it.
#[cfg(unix)]
fn open_alone(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::MetadataExt;

    let file = match File::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            File::options().write(true).open(path)?
        }
        made => made?,
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            return Err(io::Error::other("another process is writing it"));
        }
        Err(fs::TryLockError::Error(error)) => return Err(error),
    }
    // A symbolic link, or a file that was moved since it was opened, belongs to another program.
    let (opened, there) = (file.metadata()?, fs::symlink_metadata(path)?);
    if opened.is_file() && (opened.dev(), opened.ino()) == (there.dev(), there.ino()) {
        Ok(file)
    } else {
        Err(io::Error::other("another file is in its place; remove it"))
    }
}

/// Creates a new file and does not lock it: outside Unix, a lock would block our own second handle
/// of the file.
#[cfg(not(unix))]
fn open_alone(path: &Path) -> io::Result<File> {
    File::create_new(path)
}
