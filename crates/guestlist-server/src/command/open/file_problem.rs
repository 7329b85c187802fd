//! Why a file that the settings name cannot be read.

use std::io;

/// Returns what is wrong with a file, in words that are the same on every system.
pub(super) fn file_problem(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the file does not exist".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        _ => error.to_string(),
    }
}
