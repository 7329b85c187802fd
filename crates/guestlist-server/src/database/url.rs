//! What a database URL names, before anything is opened.
//!
//! Nothing of a URL is repeated in an error except its scheme and, for SQLite, its path: a URL may
//! hold a password.

use std::path::{Path, PathBuf};

/// A database by its engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// `sqlite:PATH`
    File(PathBuf),
    /// `postgres://…`
    Postgres,
    /// `mongodb://…`
    Mongodb,
}

/// Why a database URL is refused. The text completes "setting `database.url` …" or "the database URL …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no `SCHEME:` at its beginning.
    #[error("has no scheme; use sqlite:PATH, postgres://… or mongodb://…")]
    NoScheme,
    /// The scheme is of no engine here.
    #[error("has the unknown scheme {scheme:?}; use {usual}")]
    Scheme {
        /// What was found.
        scheme: String,
        /// What is probably meant.
        usual: &'static str,
    },
    /// There is no path behind `sqlite:`, or the database would be in memory only.
    #[error("names no file; use sqlite:PATH, such as sqlite:./data/guestlist.sqlite")]
    NoFile,
    /// `sqlite:///x.db`: SQLAlchemy means a file in the working folder, others one in the root folder.
    #[error(
        "is sqlite:///{0}, which is ambiguous; use sqlite:{0} for a file in the working folder, or sqlite:/{0} for one in the root folder"
    )]
    Root(String),
    /// A parameter of a SQLite URL that cannot be honoured.
    #[error(
        "has the parameter {0:?}, which is not supported; use sqlite:PATH alone: the file is made if it is missing"
    )]
    Parameter(String),
}

impl Named {
    /// Reads the URL. For SQLite it understands `sqlite:PATH`, `sqlite://PATH` and SQLAlchemy's
    /// `sqlite:///./PATH` and `sqlite:////PATH`, with `?mode=rwc` or without.
    pub(crate) fn by(url: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = url.split_once(':').ok_or(UrlError::NoScheme)?;
        match scheme {
            "sqlite" => file(rest).map(Self::File),
            "postgres" | "postgresql" => Ok(Self::Postgres),
            "mongodb" | "mongodb+srv" => Ok(Self::Mongodb),
            _ if is_scheme(scheme) => Err(UrlError::Scheme {
                usual: usual(scheme),
                scheme: scheme.to_owned(),
            }),
            _ => Err(UrlError::NoScheme),
        }
    }
}

fn file(rest: &str) -> Result<PathBuf, UrlError> {
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parameters = parameters.split('&').filter(|one| !one.is_empty());
    if let Some(other) = parameters.find(|one| *one != "mode=rwc") {
        return Err(UrlError::Parameter(other.to_owned()));
    }
    let path = match path.strip_prefix("//") {
        Some(path) => behind_slashes(path)?,
        None => path,
    };
    if path.is_empty() || path.starts_with(":memory:") {
        return Err(UrlError::NoFile);
    }
    Ok(Path::new(path).to_owned())
}

/// The path behind `sqlite://`.
fn behind_slashes(path: &str) -> Result<&str, UrlError> {
    let Some(absolute) = path.strip_prefix('/') else {
        return Ok(path);
    };
    if absolute.starts_with("./") || absolute.starts_with("../") || absolute.starts_with(":memory:")
    {
        return Ok(absolute);
    }
    // Four slashes: SQLAlchemy's way to write an absolute path.
    if absolute.starts_with('/') {
        return Ok(absolute);
    }
    match absolute.contains('/') || absolute.is_empty() {
        true => Ok(path),
        false => Err(UrlError::Root(absolute.to_owned())),
    }
}

/// Whether it is spelled as a scheme (RFC 3986, section 3.1), and so is no part of a secret.
fn is_scheme(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 40
        && text.bytes().all(rest)
}

/// The spelling here of what other programs write, such as `postgresql+asyncpg`.
fn usual(scheme: &str) -> &'static str {
    match scheme
        .split_once('+')
        .map_or(scheme, |(name, _)| name)
        .to_ascii_lowercase()
        .as_str()
    {
        "sqlite" | "sqlite3" | "file" => "sqlite:PATH",
        "postgres" | "postgresql" | "pgsql" | "psql" => "postgres://…",
        "mongodb" | "mongo" => "mongodb://…",
        _ => "sqlite:PATH, postgres://… or mongodb://…",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_names_the_expected_file() {
        for (url, path) in [
            ("sqlite:x.db", "x.db"),
            ("sqlite:./data/x.db", "./data/x.db"),
            ("sqlite:/var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:/x.db", "/x.db"),
            ("sqlite://data/x.db", "data/x.db"),
            ("sqlite:///./x.db", "./x.db"),
            ("sqlite:///../x.db", "../x.db"),
            ("sqlite:////var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:///var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:x.db?mode=rwc", "x.db"),
            ("sqlite:///./x.db?mode=rwc", "./x.db"),
        ] {
            assert_eq!(Named::by(url), Ok(Named::File(path.into())), "{url}");
        }
    }

    #[test]
    fn a_refusal_has_the_right_spelling() {
        for (url, words) in [
            (
                "mysql://u:secret@x/y",
                "\"mysql\"; use sqlite:PATH, postgres://… or mongodb://…",
            ),
            (
                "postgresql+asyncpg://u:secret@x/y",
                "\"postgresql+asyncpg\"; use postgres://…",
            ),
            (
                "sqlite+aiosqlite:///x.db",
                "\"sqlite+aiosqlite\"; use sqlite:PATH",
            ),
            (
                "sqlite:///x.db",
                "sqlite:x.db for a file in the working folder, or sqlite:/x.db",
            ),
            ("sqlite:x.db?mode=ro", "\"mode=ro\""),
            ("sqlite:x.db?mode=memory&cache=shared", "\"mode=memory\""),
            (
                "sqlite:x.db?check_same_thread=False",
                "use sqlite:PATH alone",
            ),
            ("sqlite:", "use sqlite:PATH"),
            ("sqlite://", "use sqlite:PATH"),
            ("sqlite::memory:", "use sqlite:PATH"),
            ("sqlite:///:memory:", "use sqlite:PATH"),
            ("planner.db", "use sqlite:PATH"),
            ("host=db password=secret", "use sqlite:PATH"),
            ("pass word secret:x", "has no scheme"),
            ("", "has no scheme"),
        ] {
            let error = Named::by(url).expect_err(url).to_string();
            assert!(error.contains(words), "{url}: {error}");
            assert!(!error.contains("secret"), "{url}: {error}");
        }
    }
}
