//! What can be wrong with the settings. Every message names the setting, the place where it was read,
//! what was found there, and the fix. No message quotes a secret.

use std::{fmt, io, path::PathBuf};

use super::{
    origin::Origin,
    setting::{SETTINGS, Setting},
};

/// Why the settings do not allow the server to start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what its setting takes.
    #[error("setting `{}`, read from {}, {problem}", setting.name, origin.source())]
    Malformed {
        /// The setting.
        setting: &'static Setting,
        /// Where the value was read.
        origin: Origin,
        /// What was found, without the value of a secret, and the fix.
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
        /// Where the first value was read.
        first: Origin,
        /// Where the second value was read.
        second: Origin,
    },
    /// A key this short can be guessed. Only a private server takes it.
    #[error(
        "setting `{}`, read from {}, is too short for a server that others can reach (because of {}). Give {}",
        setting.name, origin.source(), public_by.join(" and "), setting.form
    )]
    ShortSecret {
        /// The setting.
        setting: &'static Setting,
        /// Where the key was read.
        origin: Origin,
        /// The settings that make the server public.
        public_by: Vec<&'static str>,
    },
    /// A line of `.env` is invalid.
    #[error(".env line {line}{} {problem}", in_parentheses(name))]
    DotenvLine {
        /// The line, from 1.
        line: usize,
        /// The name that the line begins with.
        name: String,
        /// What is wrong with it, and the fix.
        problem: &'static str,
    },
    /// The file is not TOML.
    #[error(
        "{file} line {line} is not TOML: {problem}; write KEY = VALUE, with quotes around text"
    )]
    Syntax {
        /// The file.
        file: String,
        /// The line number, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
    /// A key or a section is in the file twice.
    #[error("{file} line {line}: {key} is repeated; keep one of them")]
    Repeated {
        /// The file.
        file: String,
        /// The line number, from 1.
        line: usize,
        /// The key, if it is known.
        key: String,
    },
    /// A section has a value.
    #[error(
        "{file} line {line}: `{section}` is {found}, but it names a section; write [{section}] and its settings below"
    )]
    NoSection {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The section.
        section: String,
        /// What was found there.
        found: &'static str,
    },
    /// A file exists, or was asked for, and cannot be read.
    #[error("the settings file {}{} {}", path.display(), named_by(*is_named), unreadable(why, *is_named))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Whether the flag `--config` names it.
        is_named: bool,
        /// Why not.
        why: io::Error,
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

fn in_parentheses(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!(" ({name})"),
    }
}

fn named_by(is_named: bool) -> &'static str {
    match is_named {
        true => ", which the flag --config names,",
        false => "",
    }
}

/// What is wrong with the file, and the fix. The system's own words name neither.
fn unreadable(why: &io::Error, is_named: bool) -> impl fmt::Display {
    let or_leave_out = match is_named {
        true => ", or leave the flag out",
        false => "",
    };
    match why.kind() {
        io::ErrorKind::NotFound => format!("does not exist; name a file that exists{or_leave_out}"),
        io::ErrorKind::IsADirectory => match is_named {
            true => format!("is a folder; name a file{or_leave_out}"),
            false => "is a folder; rename the folder, or put a file in its place".to_owned(),
        },
        io::ErrorKind::PermissionDenied => {
            "may not be read by this user; give the user the right to read it".to_owned()
        }
        io::ErrorKind::InvalidData => format!("{why}; save it as UTF-8"),
        _ => format!("cannot be read: {why}; correct the path or the file"),
    }
}
