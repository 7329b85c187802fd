//! Suggests a setting for a misspelled name, and for a name that other servers use.

use std::net::{IpAddr, SocketAddr};

use strsim::levenshtein;

use super::{
    habit::Habit,
    setting::About,
    settings::{DATABASE_URL, LISTEN},
    table,
};

/// Variables of other servers. `HOST` is not among them: shells set it to the name of the machine.
const HABITS: [(&str, &About); 9] = [
    ("PORT", &LISTEN.about),
    ("DATABASE_URI", &DATABASE_URL.about),
    ("SQLALCHEMY_DATABASE_URI", &DATABASE_URL.about),
    ("SQLALCHEMY_DATABASE_URL", &DATABASE_URL.about),
    ("MONGO_URI", &DATABASE_URL.about),
    ("MONGO_URL", &DATABASE_URL.about),
    ("MONGODB_URI", &DATABASE_URL.about),
    ("MONGODB_URL", &DATABASE_URL.about),
    ("POSTGRES_URL", &DATABASE_URL.about),
];

/// The setting that was probably meant.
#[derive(Debug)]
pub(super) struct Suggestion {
    pub(super) setting: &'static About,
    /// The value that the setting needs, if it has another form there.
    pub(super) value: Option<String>,
}

/// Returns the setting whose `section.key` has the fewest edits to `name`, if there are few enough.
/// Users also forget the section, so the key alone costs only one edit more. `value` is the value
/// that stands behind the name.
pub(super) fn nearest(name: &str, value: &str) -> Option<Suggestion> {
    let wanted = name.to_lowercase();
    let last = wanted.rsplit_once('.').map_or(&*wanted, |(_, key)| key);
    if let Some(value) = of_the_listener(last, value) {
        let setting = &LISTEN.about;
        return Some(Suggestion { setting, value });
    }
    let distance = |setting: &About| {
        let (_, key) = setting.section_and_key();
        levenshtein(&wanted, setting.name).min(levenshtein(&wanted, key) + 1)
    };
    let nearest = table::all().min_by_key(|setting| distance(setting))?;
    let is_near = distance(nearest) <= 1 + wanted.chars().count() / 4;
    is_near.then_some(Suggestion {
        setting: nearest,
        value: None,
    })
}

/// Recognises what other programs call `server.listen`, or a part of it. Returns its whole value if
/// `value` is the other part.
fn of_the_listener(key: &str, value: &str) -> Option<Option<String>> {
    let port = value.strip_prefix(':').unwrap_or(value);
    let with_port = port.parse::<u16>().ok();
    let with_port = with_port.map(|port| format!("127.0.0.1:{port}"));
    let with_address = match value.parse::<SocketAddr>() {
        Ok(address) => Some(address),
        Err(_) => value.parse().ok().map(|ip: IpAddr| (ip, 8080).into()),
    };
    let with_address = with_address.map(|address| address.to_string());
    match key {
        "port" | "http_port" => Some(with_port),
        "bind" | "addr" | "address" => Some(with_address.or(with_port)),
        // It may also be a host of `server.hosts`.
        "host" => with_address.map(Some),
        _ => None,
    }
}

/// Returns the variable if other servers read it. An empty value means nothing.
pub(super) fn habit(variable: &str, value: &str) -> Option<Habit> {
    let (found, setting) = HABITS.iter().find(|(name, _)| *name == variable)?;
    (!value.is_empty()).then_some(Habit { found, setting })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_similar_name_is_suggested() {
        let cases = [
            ("server.lisen", Some("server.listen")),
            ("listen", Some("server.listen")),
            ("PORT", Some("server.listen")),
            ("server.port", Some("server.listen")),
            ("LOG.LEVEL", Some("log.level")),
            ("loglevel", Some("log.level")),
            ("secretkey", Some("server.secret_key")),
            ("host", Some("server.hosts")),
            ("", None),
            ("a.completely.different.thing", None),
        ];
        for (name, expected) in cases {
            let found = nearest(name, "x");
            let found = found.map(|found| (found.setting.name, found.value));
            assert_eq!(found, expected.map(|name| (name, None)), "{name}");
        }
    }

    #[test]
    fn a_part_of_the_listener_is_completed() {
        for (name, value, expected) in [
            ("port", "8000", "127.0.0.1:8000"),
            ("server.port", ":8000", "127.0.0.1:8000"),
            ("host", "0.0.0.0", "0.0.0.0:8080"),
            ("bind", "::1", "[::1]:8080"),
            ("ADDR", "0.0.0.0:80", "0.0.0.0:80"),
            ("address", "8000", "127.0.0.1:8000"),
        ] {
            let found = nearest(name, value).expect(name);
            assert_eq!(found.setting.name, "server.listen", "{name}={value}");
            assert_eq!(found.value.as_deref(), Some(expected), "{name}={value}");
        }
    }
}
