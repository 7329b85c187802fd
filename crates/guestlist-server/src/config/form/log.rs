//! How log lines look, and which are written.

use std::{fmt, str::FromStr};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

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

/// `EnvFilter` takes any single word for the name of a module, and would log nothing for `inof`.
/// Its message about an unknown level would repeat the levels, which the form names.
pub(super) fn log_level(text: &str) -> Result<String, Problem> {
    let no_level = |directive: &&str| {
        let level = level(directive).map(LevelFilter::from_str);
        directive.is_empty() || level.is_some_and(|level| level.is_err())
    };
    if let Some(directive) = text.split(',').find(no_level) {
        let level = level(directive).unwrap_or_default();
        return Err(format!("has the unknown level {level:?}").into());
    }
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("is {text:?}").into()),
    }
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
