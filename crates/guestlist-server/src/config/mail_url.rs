//! Where mails go.

use std::{fmt, path::PathBuf};

use super::secret::masked;

/// Where mails go. It is shown without its password.
#[derive(Clone)]
pub enum MailUrl {
    /// Nowhere: mails wait in the outbox.
    Off,
    /// Into files of this folder, for tests and trials.
    Folder(PathBuf),
    /// To a mail server: `smtp://…` (STARTTLS) or `smtps://…` (TLS from the first byte).
    Server(String),
}

impl fmt::Display for MailUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => formatter.write_str("off"),
            Self::Folder(path) => write!(formatter, "file:{}", path.display()),
            Self::Server(url) => formatter.write_str(&masked(url)),
        }
    }
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
