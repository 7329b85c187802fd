//! Parses database URLs, before anything is opened.
//!
//! An error repeats nothing of a URL except its scheme and, for SQLite, its path and parameters: a
//! URL may hold a password.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

/// All forms that a database URL may have.
const ALL: &str =
    "sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DATABASE or mongodb://HOST:PORT/DATABASE";
const SQLITE: &str = "sqlite:PATH, such as sqlite:./data/guestlist.sqlite";
const POSTGRES: &str = "postgres://USER:PASSWORD@HOST:PORT/DATABASE";
const MONGODB: &str = "mongodb://USER:PASSWORD@HOST:PORT/DATABASE";

/// The kind of a database, and the path of a SQLite file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// `sqlite:PATH`
    File(PathBuf),
    /// `postgres://…`
    Postgres,
    /// `mongodb://…`
    Mongodb,
}

/// Why a database URL is invalid. The text completes "setting `database.url` …" or "the database
/// URL …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.found(), self.fix())]
pub enum UrlError {
    /// There is nothing in it.
    Empty,
    /// The URL does not start with `SCHEME:`.
    NoScheme,
    /// It is only the path of a file.
    Path(String),
    /// It is a list of keywords and values of libpq.
    Keywords,
    /// The scheme is unknown.
    Scheme {
        /// What was found.
        scheme: String,
        /// The form that is probably meant.
        usual: &'static str,
    },
    /// There is no `//` behind the scheme of a server.
    NoSlashes {
        /// What was found.
        scheme: String,
        /// The form of such a URL.
        usual: &'static str,
    },
    /// There is no path behind `sqlite:`.
    NoFile,
    /// A path that begins with `~`, which only shells expand.
    Home(String),
    /// A database that is only in memory.
    InMemory,
    /// `sqlite:///x.db`: SQLAlchemy means a file in the working folder, other programs a file in
    /// the root folder.
    Root(String),
    /// A parameter of a SQLite URL that is not supported.
    Parameter {
        /// What was found.
        parameter: String,
        /// The path before it.
        path: String,
    },
}

impl UrlError {
    /// What was found.
    pub(crate) fn found(&self) -> String {
        match self {
            Self::Empty => "is empty".to_owned(),
            Self::NoScheme => "has no scheme".to_owned(),
            Self::Path(path) => format!("is {path:?}, which has no scheme"),
            Self::Keywords => "is a list of keywords, which has no scheme".to_owned(),
            Self::Scheme { scheme, .. } => format!("has the unknown scheme {scheme:?}"),
            Self::NoSlashes { scheme, .. } => format!("has no // behind {scheme}:"),
            Self::NoFile => "names no file".to_owned(),
            Self::Home(path) => format!("is sqlite:{path}, but ~ is not expanded"),
            Self::InMemory => "names a database in memory, which ends with the server".to_owned(),
            Self::Root(file) => format!("is sqlite:///{file}, which is ambiguous"),
            Self::Parameter { parameter, .. } => {
                format!("has the parameter {parameter:?}, which is not supported")
            }
        }
    }

    /// What to write instead.
    pub(crate) fn fix(&self) -> String {
        match self {
            Self::Empty | Self::NoScheme => format!("use {ALL}"),
            Self::Path(path) => format!("use sqlite:{path}"),
            Self::Keywords => format!("use {POSTGRES}"),
            Self::Scheme { usual, .. } | Self::NoSlashes { usual, .. } => format!("use {usual}"),
            Self::NoFile => format!("use {SQLITE}"),
            Self::Home(path) => format!(
                "write the whole path, such as sqlite:/home/NAME{}",
                path.trim_start_matches('~')
            ),
            Self::InMemory => format!("name a file: {SQLITE}"),
            Self::Root(file) => format!(
                "use sqlite:{file} for a file in the working folder, or sqlite:/{file} for one in the root folder"
            ),
            Self::Parameter { path, .. } => {
                format!("use sqlite:{path} alone: the file is made if it does not exist")
            }
        }
    }
}

impl Named {
    /// Parses the URL. For SQLite it accepts `sqlite:PATH`, `sqlite://PATH`, and SQLAlchemy's
    /// `sqlite:///./PATH` and `sqlite:////PATH`, each with or without `?mode=rwc`.
    pub(crate) fn by(url: &str) -> Result<Self, UrlError> {
        let url = &*with_usual_scheme(url);
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(without_scheme(url));
        };
        let server = |named, usual| match rest.starts_with("//") {
            true => Ok(named),
            false => Err(UrlError::NoSlashes {
                scheme: scheme.to_owned(),
                usual,
            }),
        };
        match scheme {
            "sqlite" => file(rest).map(Self::File),
            "postgres" | "postgresql" => server(Self::Postgres, POSTGRES),
            "mongodb" | "mongodb+srv" => server(Self::Mongodb, MONGODB),
            _ if is_scheme(scheme) => Err(UrlError::Scheme {
                usual: usual(scheme),
                scheme: scheme.to_owned(),
            }),
            _ => Err(without_scheme(url)),
        }
    }
}

/// Writes a known scheme in lower case, as the drivers need it. Case does not count in a scheme
/// (RFC 3986, section 3.1).
pub(crate) fn with_usual_scheme(url: &str) -> Cow<'_, str> {
    const KNOWN: [&str; 5] = ["sqlite", "postgres", "postgresql", "mongodb", "mongodb+srv"];
    let Some((scheme, rest)) = url.split_once(':') else {
        return url.into();
    };
    match scheme.to_ascii_lowercase() {
        lower if lower != scheme && KNOWN.contains(&&*lower) => format!("{lower}:{rest}").into(),
        _ => url.into(),
    }
}

/// Says what a text without a scheme looks like. Only the path of a file is repeated: it holds no
/// password.
fn without_scheme(url: &str) -> UrlError {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-".contains(&b);
    let endings = [".db", ".db3", ".sqlite", ".sqlite3"];
    let is_file = endings.iter().any(|ending| url.ends_with(ending));
    if url.trim().is_empty() {
        return UrlError::Empty;
    }
    if is_file && url.bytes().all(plain) {
        return UrlError::Path(url.to_owned());
    }
    let keywords = ["host=", "hostaddr=", "dbname=", "user=", "service="];
    let mut words = url.split_whitespace();
    match words.any(|word| keywords.iter().any(|keyword| word.starts_with(keyword))) {
        true => UrlError::Keywords,
        false => UrlError::NoScheme,
    }
}

fn file(rest: &str) -> Result<PathBuf, UrlError> {
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    if path.trim_start_matches('/').starts_with(":memory:") || parameters.contains("mode=memory") {
        return Err(UrlError::InMemory);
    }
    let path = match path.strip_prefix("//") {
        Some(path) => behind_slashes(path)?,
        None => path,
    };
    if path.is_empty() {
        return Err(UrlError::NoFile);
    }
    let relative = path.trim_start_matches('/');
    if relative == "~" || relative.starts_with("~/") {
        return Err(UrlError::Home(relative.to_owned()));
    }
    let mut parameters = parameters.split('&').filter(|one| !one.is_empty());
    match parameters.find(|one| *one != "mode=rwc") {
        Some(other) => Err(UrlError::Parameter {
            parameter: other.to_owned(),
            path: path.to_owned(),
        }),
        None => Ok(Path::new(path).to_owned()),
    }
}

/// Returns the path behind `sqlite://`.
fn behind_slashes(path: &str) -> Result<&str, UrlError> {
    let Some(absolute) = path.strip_prefix('/') else {
        return Ok(path);
    };
    // Four slashes are SQLAlchemy's way to write an absolute path.
    if absolute.starts_with("./") || absolute.starts_with("../") || absolute.starts_with('/') {
        return Ok(absolute);
    }
    match absolute {
        "" => Ok(""),
        _ if absolute.contains('/') => Ok(path),
        _ => Err(UrlError::Root(absolute.to_owned())),
    }
}

/// Whether the text is spelled as a scheme (RFC 3986, section 3.1), and so is not a part of a
/// secret.
fn is_scheme(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 40
        && text.bytes().all(rest)
}

/// Returns the form to use for schemes of other programs, such as `postgresql+asyncpg`.
fn usual(scheme: &str) -> &'static str {
    let name = scheme.split_once('+').map_or(scheme, |(name, _)| name);
    match name.to_ascii_lowercase().as_str() {
        "sqlite" | "sqlite3" | "file" => SQLITE,
        "postgres" | "postgresql" | "pgsql" | "psql" | "jdbc" => POSTGRES,
        "mongodb" | "mongo" => MONGODB,
        // The drive of a path of Windows.
        drive if drive.len() == 1 => SQLITE,
        _ => ALL,
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
            ("SQLITE:X.db", "X.db"),
            ("sqlite:x~", "x~"),
        ] {
            assert_eq!(Named::by(url), Ok(Named::File(path.into())), "{url}");
        }
    }

    #[test]
    fn the_case_of_a_scheme_does_not_count() {
        for (url, usual) in [
            ("POSTGRES://Ada@DB/X", "postgres://Ada@DB/X"),
            ("MongoDB+SRV://db/x", "mongodb+srv://db/x"),
            ("sqlite:X", "sqlite:X"),
            ("MySQL://db/x", "MySQL://db/x"),
            ("X.db", "X.db"),
        ] {
            assert_eq!(with_usual_scheme(url), usual);
        }
        assert_eq!(Named::by("POSTGRES://db/x"), Ok(Named::Postgres));
        assert_eq!(Named::by("MONGODB://db/x"), Ok(Named::Mongodb));
    }

    #[test]
    fn a_refusal_has_the_right_spelling() {
        let all = "has no scheme; use sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DATABASE or \
                   mongodb://HOST:PORT/DATABASE";
        let no_file = "names no file; use sqlite:PATH, such as sqlite:./data/guestlist.sqlite";
        let in_memory = "names a database in memory, which ends with the server; name a file: sqlite:PATH, such as \
                         sqlite:./data/guestlist.sqlite";
        for (url, words) in [
            (
                "mysql://u:secret@x/y",
                "has the unknown scheme \"mysql\"; use sqlite:PATH, postgres://",
            ),
            (
                "postgresql+asyncpg://u:secret@x/y",
                "has the unknown scheme \"postgresql+asyncpg\"; use postgres://USER",
            ),
            (
                "sqlite+aiosqlite:///x.db",
                "has the unknown scheme \"sqlite+aiosqlite\"; use sqlite:PATH",
            ),
            ("MONGO://db/x", "\"MONGO\"; use mongodb://USER"),
            (
                "sqlite:~/x.db",
                "is sqlite:~/x.db, but ~ is not expanded; write the whole path, such as sqlite:/home/NAME/x.db",
            ),
            ("sqlite:///~/x.db", "~ is not expanded"),
            ("C:\\data\\x.db", "\"C\"; use sqlite:PATH"),
            (
                "sqlite:///x.db",
                "sqlite:x.db for a file in the working folder, or sqlite:/x.db",
            ),
            (
                "sqlite:x.db?mode=ro",
                "has the parameter \"mode=ro\", which is not supported; use sqlite:x.db alone",
            ),
            ("sqlite:x.db?mode=memory&cache=shared", in_memory),
            (
                "sqlite:x.db?check_same_thread=False",
                "use sqlite:x.db alone",
            ),
            ("sqlite:", no_file),
            ("sqlite://", no_file),
            ("sqlite:///", no_file),
            ("sqlite::memory:", in_memory),
            ("sqlite://:memory:", in_memory),
            ("sqlite:///:memory:", in_memory),
            (
                "planner.db",
                "is \"planner.db\", which has no scheme; use sqlite:planner.db",
            ),
            (
                "host=db password=secret",
                "is a list of keywords, which has no scheme; use postgres://USER",
            ),
            (
                "postgres:u:secret@x/y",
                "has no // behind postgres:; use postgres://USER",
            ),
            ("mongodb:/x/y", "has no // behind mongodb:; use mongodb://"),
            ("pass word secret:x", all),
            ("secret", all),
            ("", "is empty; use sqlite:PATH"),
        ] {
            let error = Named::by(url).expect_err(url).to_string();
            assert!(error.contains(words), "{url}: {error}");
            assert!(!error.contains("secret"), "{url}: {error}");
            assert!(
                error.matches("sqlite:./data").count() <= 1,
                "{url}: {error}"
            );
        }
    }
}
