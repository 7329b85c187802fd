//! The file a filter grows in, which one process writes at a time.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The file that is not there yet. It goes when it is dropped, unless it got its name.
pub(super) struct Part {
    path: PathBuf,
    named: bool,
}

impl Part {
    /// The file is ours for as long as it is open: it is locked. One that somebody left who was
    /// killed is written over.
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

    /// Puts it at `target` in one step, in place of what is there.
    pub(super) fn becomes(&mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.named = true;
        // The new name is in the folder, which is written by itself.
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
            // Whoever comes next writes over it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A new file, or one that somebody left there, which nobody else writes to.
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
            return Err(io::Error::other("somebody else is making it"));
        }
        Err(fs::TryLockError::Error(error)) => return Err(error),
    }
    // Behind a link, or moved away since it was opened, it is a file that somebody needs.
    let (opened, there) = (file.metadata()?, fs::symlink_metadata(path)?);
    if opened.is_file() && (opened.dev(), opened.ino()) == (there.dev(), there.ino()) {
        Ok(file)
    } else {
        Err(io::Error::other("something else is there; remove it"))
    }
}

/// A new file: elsewhere a lock would keep us from writing at two places of it.
#[cfg(not(unix))]
fn open_alone(path: &Path) -> io::Result<File> {
    File::create_new(path)
}
