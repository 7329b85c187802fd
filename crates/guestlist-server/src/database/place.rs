//! Where the database of a URL is: a file, or a server that several nodes share.

use std::path::PathBuf;

use super::{
    error::DatabaseError,
    url::{Named, with_usual_scheme},
};

/// Returns the file that a SQLite URL names.
///
/// # Errors
///
/// If the URL names no file. For another database, the error names its backup tools.
pub fn file(url: &str) -> Result<PathBuf, DatabaseError> {
    match Named::by(url)? {
        Named::File(path) => Ok(path),
        Named::Postgres => Err(DatabaseError::Server(
            "PostgreSQL; back it up with pg_dump and restore it with pg_restore",
        )),
        Named::Mongodb => Err(DatabaseError::Server(
            "MongoDB; back it up with mongodump and restore it with mongorestore",
        )),
    }
}

/// Returns a name that identifies the database: its URL without user name, password and almost all
/// parameters. A file has its absolute path.
pub fn name_of(url: &str) -> String {
    if let Ok(path) = file(url) {
        let path = std::path::absolute(&path).unwrap_or(path);
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        return format!("sqlite:{}", path.display());
    }
    let url = &*with_usual_scheme(url);
    let (url, parameters) = url.split_once('?').unwrap_or((url, ""));
    // `options` can select a PostgreSQL schema, which is as distinct as a database.
    let mut parameters = parameters.split('&');
    let options = parameters.find(|parameter| parameter.starts_with("options="));
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (_, place) = rest.rsplit_once('@').unwrap_or(("", rest));
            let options = options.map_or_else(String::new, |options| format!("?{options}"));
            format!("{scheme}://{place}{options}")
        }
        None => "a database".to_owned(),
    }
}

/// Whether nodes on several machines can use the database at that URL. If so, a secret in a local
/// folder is not enough.
pub fn is_shared(url: &str) -> bool {
    !with_usual_scheme(url).starts_with("sqlite:")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn only_a_file_is_limited_to_one_machine() {
        assert!(!is_shared("sqlite:./data/guestlist.sqlite"));
        for url in ["postgres://db/planner", "mongodb+srv://db/planner", ""] {
            assert!(is_shared(url), "{url}");
        }
    }

    #[test]
    fn only_sqlite_has_a_file_and_others_have_their_own_tools() {
        for (url, path) in [
            ("sqlite:a/b.sqlite", "a/b.sqlite"),
            ("sqlite:///a/b c", "/a/b c"),
        ] {
            assert_eq!(file(url).expect(url), Path::new(path));
        }
        for (url, words) in [
            ("postgres://ada:secret@db/planner", "pg_dump"),
            ("postgresql://ada:secret@db/planner", "pg_restore"),
            ("mongodb://ada:secret@db/planner", "mongodump"),
            ("mongodb+srv://ada:secret@db/planner", "mongorestore"),
            ("sqlite::memory:", "sqlite:PATH"),
            ("planner.db", "sqlite:planner.db"),
        ] {
            let error = file(url).expect_err(url).to_string();
            assert!(
                error.contains(words) && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_name_identifies_the_database_without_secrets() {
        for (url, name) in [
            (
                "postgres://ada:p@ss@db:5432/planner?sslmode=require",
                "postgres://db:5432/planner",
            ),
            (
                "postgres://db/planner?password=p&options=-csearch_path%3Da",
                "postgres://db/planner?options=-csearch_path%3Da",
            ),
            ("mongodb://a,b/planner", "mongodb://a,b/planner"),
            ("sqlite:/nowhere/a.sqlite", "sqlite:/nowhere/a.sqlite"),
            ("host=db password=secret", "a database"),
        ] {
            assert_eq!(name_of(url), name);
        }
        assert_eq!(
            name_of("sqlite:Cargo.toml"),
            name_of("sqlite:./src/../Cargo.toml")
        );
    }
}
