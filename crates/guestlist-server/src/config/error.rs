//! What can be wrong with the settings. Every message names the setting, where it was read, and the
//! fix, and none quotes a secret.

use std::path::PathBuf;

use super::{
    origin::Origin,
    setting::{SETTINGS, Setting},
};

/// Why the settings do not allow the server to start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what its setting takes.
    #[error("setting `{}`, read from {origin}, {problem}; give {}", setting.name, setting.form)]
    Malformed {
        /// The setting.
        setting: &'static Setting,
        /// Where the value was read.
        origin: Origin,
        /// What is wrong, without the value of a secret.
        problem: String,
    },
    /// The name is unknown.
    #[error("{origin} is not a setting; {}", fix(nearest.as_deref()))]
    Unknown {
        /// Where the name was read. It contains the name.
        origin: Origin,
        /// The setting that was probably meant, in the form of that place.
        nearest: Option<String>,
    },
    /// One place sets both names of a setting, with different values.
    #[error("setting `{}` has one value in {first} and another in {second}; keep one of them", setting.name)]
    Differs {
        /// The setting.
        setting: &'static Setting,
        /// Where the one was read.
        first: Origin,
        /// Where the other was read.
        second: Origin,
    },
    /// A key this short can be guessed, and so only a private server takes it.
    #[error(
        "setting `{}`, read from {origin}, is shorter than 32 bytes, and {} let others reach this server; give {}",
        setting.name, public_by.join(" and "), setting.form
    )]
    ShortSecret {
        /// The setting.
        setting: &'static Setting,
        /// Where the key was read.
        origin: Origin,
        /// The settings that make the server public.
        public_by: Vec<&'static str>,
    },
    /// A line of `.env` cannot be understood.
    #[error(
        ".env line {line} cannot be read: {problem}; write NAME=VALUE, NAME='VALUE' or a comment after #"
    )]
    DotenvLine {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file is not TOML.
    #[error("{file} line {line} is not TOML: {problem}")]
    Syntax {
        /// The file.
        file: String,
        /// The line number, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
    /// A section has a value.
    #[error(
        "{file}: `{section}` is {found}, but it names a section; write [{section}] and its settings below"
    )]
    NoSection {
        /// The file.
        file: String,
        /// The section.
        section: String,
        /// What stands there.
        found: &'static str,
    },
    /// A file is there, or was asked for, and cannot be read.
    #[error("cannot read the settings in {}: {source}; correct the path or the file", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

fn fix(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => {
            let names = SETTINGS.map(|setting| setting.name).join(", ");
            format!("use one of {names}")
        }
    }
}
