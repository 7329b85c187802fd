//! Where a value was read, as text for messages and `guestlist config`.

use std::fmt;

/// Where a value was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag on the command line.
    Flag(&'static str),
    /// An environment variable.
    Environment(String),
    /// A line of `.env`.
    Dotenv {
        /// The line number, from 1.
        line: usize,
        /// The name in that line.
        name: String,
    },
    /// A key in the file.
    File {
        /// The name of the file, as it was given.
        file: String,
        /// `section.key`.
        key: String,
    },
    /// Nobody said anything.
    Default,
}

impl Origin {
    /// Returns the place alone, for the summary at the start.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Self::Flag(_) => "flags",
            Self::Environment(_) => "environment",
            Self::Dotenv { .. } => ".env",
            Self::File { file, .. } => file,
            Self::Default => "defaults",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(formatter, "flag {flag}"),
            Self::Environment(name) => {
                write!(formatter, "environment variable {}", name.escape_debug())
            }
            Self::Dotenv { line, name } => {
                write!(formatter, ".env line {line} ({})", name.escape_debug())
            }
            Self::File { file, key } => write!(formatter, "{file}: {}", key.escape_debug()),
            Self::Default => formatter.write_str("default"),
        }
    }
}
