//! Values that must not be shown. Their types never print them, not even with `{:?}`.

use std::{fmt, path::Path};

/// Shown in place of a secret.
pub const MASK: &str = "********";

/// A secret as it was written.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether it has fewer than 32 bytes.
    pub(super) fn is_short(&self) -> bool {
        self.0.len() < 32
    }

    /// Returns the secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MASK)
    }
}

/// A database URL. It is shown without its password.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The one file of SQLite in the data folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self(format!(
            "sqlite:{}",
            folder.join("guestlist.sqlite").display()
        ))
    }

    /// Returns the whole URL, including its password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&masked(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Masks the password. If in doubt, it masks too much: a password may contain unescaped `@`, `/`
/// and `?`.
pub(super) fn masked(url: &str) -> String {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return format!("sqlite:{path}");
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        // Not a URL: drivers also accept `host=… password=…`.
        return MASK.to_owned();
    };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => (masked_user(user), rest),
        None => (String::new(), rest),
    };
    let rest = match rest.split_once('?') {
        Some((path, query)) => format!("{path}?{}", masked_query(query)),
        None => rest.to_owned(),
    };
    format!("{scheme}://{user}{rest}")
}

fn masked_user(user: &str) -> String {
    match user.split_once(':') {
        Some((name, _)) => format!("{name}:{MASK}@"),
        None => format!("{user}@"),
    }
}

/// Masks parameters that may hold a password. An escaped name may hide one, too.
fn masked_query(query: &str) -> String {
    let parameters = query.split('&').map(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        let lower = name.to_lowercase();
        let telling = ["pass", "secret", "token", "key", "properties", "%"];
        if telling.iter().any(|word| lower.contains(word)) {
            format!("{name}={MASK}")
        } else {
            parameter.to_owned()
        }
    });
    parameters.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_of_a_database_is_masked() {
        let cases = [
            (
                "sqlite:./data/guestlist.sqlite",
                "sqlite:./data/guestlist.sqlite",
            ),
            ("sqlite://a@b:c?mode=rwc", "sqlite://a@b:c?mode=rwc"),
            (
                "mongodb://localhost:27017/planner",
                "mongodb://localhost:27017/planner",
            ),
            ("postgres://ada@db/planner", "postgres://ada@db/planner"),
            (
                "postgres://ada:pw@db:5432/planner",
                "postgres://ada:********@db:5432/planner",
            ),
            (
                "postgres://ada:p@w/x?y:z@db/planner",
                "postgres://ada:********@db/planner",
            ),
            (
                "mongodb://ada:pw@a,b/planner?replicaSet=rs",
                "mongodb://ada:********@a,b/planner?replicaSet=rs",
            ),
            (
                "postgres://db/planner?user=ada&password=pw",
                "postgres://db/planner?user=ada&password=********",
            ),
            (
                "postgres://db/planner?pass%77ord=pw",
                "postgres://db/planner?pass%77ord=********",
            ),
            ("host=db password=pw", "********"),
            ("pw", "********"),
        ];
        for (url, expected) in cases {
            let url = DatabaseUrl::new(url);
            assert_eq!(url.to_string(), expected);
            assert_eq!(format!("{url:?}"), expected);
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("exemplary");
        assert_eq!(format!("{secret:?}"), MASK);
        assert_eq!(secret.expose(), "exemplary");
    }
}
