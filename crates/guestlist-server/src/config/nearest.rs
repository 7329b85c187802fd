//! Suggests a setting for a misspelled name.

use strsim::levenshtein;

use super::setting::{LISTEN, SETTINGS, Setting};

/// What other programs call `server.listen`, or a part of it.
const OF_THE_LISTENER: [&str; 5] = ["port", "bind", "addr", "address", "http_port"];

/// Returns the setting whose `section.key` has the fewest edits to `name`, if there are few enough.
/// Users also forget the section, so the key alone costs only one edit more.
pub(super) fn nearest(name: &str) -> Option<&'static Setting> {
    let wanted = name.to_lowercase();
    let last = wanted.rsplit_once('.').map_or(&*wanted, |(_, key)| key);
    if OF_THE_LISTENER.contains(&last) {
        return Some(&LISTEN);
    }
    let distance = |setting: &Setting| {
        let key = setting.name.rsplit_once('.').map_or("", |(_, key)| key);
        levenshtein(&wanted, setting.name).min(levenshtein(&wanted, key) + 1)
    };
    let nearest = SETTINGS
        .into_iter()
        .min_by_key(|setting| distance(setting))?;
    (distance(nearest) <= 1 + wanted.chars().count() / 4).then_some(nearest)
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
            ("", None),
            ("a.completely.different.thing", None),
        ];
        for (name, expected) in cases {
            assert_eq!(
                nearest(name).map(|setting| setting.name),
                expected,
                "{name}"
            );
        }
    }
}
