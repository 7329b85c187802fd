//! A file that several threads read at the same time, each at its own position.

#[cfg(not(unix))]
use std::sync::{Mutex, PoisonError};
use std::{fs::File, io};

#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Source(File);

#[cfg(unix)]
impl Source {
    pub(super) fn new(file: File) -> Self {
        Self(file)
    }

    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, buffer, offset)
    }
}

/// On systems where a read moves the file's only position, readers take turns.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Source(Mutex<File>);

#[cfg(not(unix))]
impl Source {
    pub(super) fn new(file: File) -> Self {
        Self(Mutex::new(file))
    }

    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        use io::{Read, Seek};
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(io::SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}
