//! What can be wrong with the settings. Every message names the setting, the place where it was
//! read, what was found there, and the fix. No message quotes a secret.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::{origin::Origin, setting::About, shell_syntax};

/// Why the settings do not allow the server to start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what its setting takes.
    #[error("setting `{}`, read from {}, {problem}", setting.name, origin.source())]
    Malformed {
        /// The setting.
        setting: &'static About,
        /// Where the value was read.
        origin: Origin,
        /// What was found, without the value of a secret, and the fix.
        problem: String,
    },
    /// Names are unknown.
    #[error("{}", each(names, known))]
    Unknown {
        /// The names, in the order of the places and of their lines.
        names: Vec<UnknownName>,
        /// All settings.
        known: Vec<&'static About>,
    },
    /// One place sets both names of a setting, with different values.
    #[error("setting `{}` has one value in {first} and another in {second}; keep one of them", setting.name)]
    Differs {
        /// The setting.
        setting: &'static About,
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
        setting: &'static About,
        /// Where the key was read.
        origin: Origin,
        /// The settings that make the server public.
        public_by: Vec<&'static str>,
    },
    /// Mails would have no sender.
    #[error(
        "setting `{}`, read from {}, sends mails, but `{}` is not set; set it ({}) to the address that mails come from, \
         such as events@example.org",
        setting.name, origin.source(), missing.name, missing.variable()
    )]
    NoSender {
        /// The setting that turns mails on.
        setting: &'static About,
        /// Where its value was read.
        origin: Origin,
        /// The setting without a value.
        missing: &'static About,
    },
    /// A rule would have no effect, because no mail is sent.
    #[error(
        "setting `{}`, read from {}, is true, which needs mail, but `{}` is off; set `{}` ({}), or remove `{}`",
        setting.name, origin.source(), missing.name, missing.name, missing.variable(), setting.name
    )]
    NeedsMail {
        /// The rule.
        setting: &'static About,
        /// Where its value was read.
        origin: Origin,
        /// The setting that turns mails on.
        missing: &'static About,
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
    /// A section begins a second time.
    #[error(
        "{file} line {line}: the section [{section}] is repeated{}; put all its settings into one section",
        first_line(*first)
    )]
    RepeatedSection {
        /// The file.
        file: String,
        /// The line number, from 1.
        line: usize,
        /// The section.
        section: String,
        /// The line where it begins the first time, if it has one there.
        first: Option<usize>,
    },
    /// Several mistakes.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<SettingsError>),
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
    #[error("the settings file {}{} {}", path.display(), named_by(*is_named), unreadable(path, why, *is_named))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Whether the flag `--config` names it.
        is_named: bool,
        /// Why not.
        why: io::Error,
    },
}

/// A name that is no setting.
#[derive(Debug)]
pub struct UnknownName {
    /// Where the name was read. It contains the name.
    pub origin: Origin,
    /// The setting that was probably meant, in the form of that place.
    pub meant: Option<String>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File { file, line, key } => {
                write!(formatter, "{file} line {line}: `{}`", key.escape_debug())?;
            }
            other => other.fmt(formatter)?,
        }
        formatter.write_str(" is not a setting")?;
        match &self.meant {
            Some(meant) => write!(formatter, "; did you mean {meant}?"),
            None => Ok(()),
        }
    }
}

/// One line for each unknown name. The last one without a suggestion lists the known names, in the
/// spelling of its place: variables for the environment and `.env`, other names for the file.
fn each(names: &[UnknownName], known: &[&About]) -> String {
    let is_of_file = |name: &UnknownName| matches!(name.origin, Origin::File { .. });
    let last = |of_file: bool| {
        let is_last = |name: &UnknownName| name.meant.is_none() && is_of_file(name) == of_file;
        names.iter().rposition(is_last)
    };
    let lines = names.iter().enumerate().map(|(at, name)| {
        let of_file = is_of_file(name);
        if last(of_file) != Some(at) {
            return name.to_string();
        }
        let spelled = known.iter().map(|setting| match of_file {
            true => setting.name.to_owned(),
            false => setting.variable(),
        });
        format!(
            "{name}; use one of {}",
            spelled.collect::<Vec<_>>().join(", ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn first_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" (first in line {line})"))
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
fn unreadable(path: &Path, why: &io::Error, is_named: bool) -> String {
    let or_leave_out = match is_named {
        true => ", or leave the flag out",
        false => "",
    };
    let whole = path.to_str().and_then(shell_syntax::whole_path);
    match (why.kind(), whole) {
        (io::ErrorKind::NotFound, Some(whole)) => {
            format!(
                "does not exist, and ~ is not expanded; write the whole path, such as {whole}{or_leave_out}"
            )
        }
        (io::ErrorKind::NotFound, None) => {
            format!("does not exist; name a file that exists{or_leave_out}")
        }
        (io::ErrorKind::IsADirectory, _) => match is_named {
            true => format!("is a folder; name a file{or_leave_out}"),
            false => "is a folder; rename the folder, or put a file in its place".to_owned(),
        },
        (io::ErrorKind::PermissionDenied, _) => {
            "may not be read by this user; give the user the right to read it".to_owned()
        }
        (io::ErrorKind::InvalidData, _) => format!("{why}; save it as UTF-8"),
        _ => format!("cannot be read: {why}; correct the path or the file"),
    }
}
