//! How log lines look, and which are written.

use std::fmt;

use tracing_subscriber::EnvFilter;

use super::list::empty;
use crate::config::{
    problem::Problem,
    setting::{Form, Kind},
};

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

pub(crate) const LOG_FORMAT: Form<LogFormat> = Form {
    kind: Kind::Text,
    words: "text or json",
    secret: false,
    parse: log_format,
    show: LogFormat::to_string,
};

/// A valid directive of `EnvFilter`.
pub(crate) const LOG_LEVEL: Form<String> = Form {
    kind: Kind::Text,
    words: "off, error, warn, info, debug or trace, also by module, such as info,guestlist_server=debug",
    secret: false,
    parse: log_level,
    show: String::clone,
};

pub(super) fn log_format(text: &str) -> Result<LogFormat, Problem> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("is {text:?}").into()),
    }
}

/// `EnvFilter` takes almost any text for the name of a module, and would log nothing for `inof`.
/// Its message about an unknown level would repeat the levels, which the form names.
pub(super) fn log_level(text: &str) -> Result<String, Problem> {
    let mut targets = Vec::new();
    if text.is_empty() {
        return Err("is empty".into());
    }
    for directive in text.split(',') {
        if directive.is_empty() {
            return Err(empty());
        }
        let target = target(directive)?;
        if targets.contains(&target) {
            return Err(match target {
                "" => "has more than one level without a module".to_owned(),
                target => format!("has more than one level for {target}"),
            }
            .into());
        }
        targets.push(target);
    }
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("is {text:?}").into()),
    }
}

/// Returns what a directive is for: a module with or without a span, or nothing for all modules.
fn target(directive: &str) -> Result<&str, Problem> {
    if directive.contains(char::is_whitespace) {
        return Err(Problem::with_fix(
            format!("has a space in {directive:?}"),
            "write a comma and no space between two levels, such as info,guestlist_server=debug",
        ));
    }
    if directive.contains(';') && !directive.contains('[') {
        return Err(Problem::with_fix(
            format!("has a semicolon in {directive:?}"),
            format!("write {}", directive.replace(';', ",")),
        ));
    }
    let level = level(directive);
    if let Some(level) = level.filter(|level| !is_level(level)) {
        return Err(format!("has the unknown level {level:?}").into());
    }
    let target = match level {
        Some(level) if level.len() == directive.len() => return Ok(""),
        Some(level) => &directive[..directive.len() - level.len() - 1],
        None => directive,
    };
    let (module, span) = target.split_at(target.find('[').unwrap_or(target.len()));
    if module.contains('-') {
        return Err(Problem::with_fix(
            format!("has the module {module:?}, but no module has a -"),
            format!("write {}", module.replace('-', "_")),
        ));
    }
    let of_module = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let names_a_span = !matches!(span.as_bytes(), [] | [b'[', b'{' | b']', ..]);
    if !module.chars().all(of_module) || module.is_empty() && !names_a_span {
        return Err(format!("has {directive:?}, which names no module").into());
    }
    Ok(target)
}

fn is_level(text: &str) -> bool {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    levels.iter().any(|level| text.eq_ignore_ascii_case(level))
}

/// Returns the level of a directive, such as `debug` of `hyper=debug`; nothing for the name of a
/// span.
fn level(directive: &str) -> Option<&str> {
    let (span, behind) = directive.rsplit_once(']').unwrap_or(("", directive));
    match behind.rsplit_once('=') {
        Some((_, level)) => Some(level),
        None if span.is_empty() && !behind.contains('[') => Some(behind),
        None => None,
    }
}
