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
        /// The line, from 1.
        line: usize,
        /// `section.key`.
        key: String,
    },
    /// No place names the setting.
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

    /// The place and the line, for a message that has named the setting already: the key of a file
    /// is the setting's name, and is not repeated.
    #[must_use]
    pub fn source(&self) -> String {
        match self {
            Self::File { file, line, .. } => format!("{file} line {line}"),
            other => other.to_string(),
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
            Self::File { file, key, .. } => write!(formatter, "{file}: {}", key.escape_debug()),
            Self::Default => formatter.write_str("default"),
        }
    }
}
