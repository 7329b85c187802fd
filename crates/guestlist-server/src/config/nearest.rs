//! Suggests a setting for a misspelled name.

use super::setting::{SETTINGS, Setting};

/// Returns the setting whose `section.key` has the fewest edits to `name`, if there are few enough.
/// Users also forget the section, so the key alone costs only one edit more.
pub(super) fn nearest(name: &str) -> Option<&'static Setting> {
    let wanted = name.to_lowercase();
    let distance = |setting: &Setting| {
        let key = setting.name.rsplit_once('.').map_or("", |(_, key)| key);
        edits(&wanted, setting.name).min(edits(&wanted, key) + 1)
    };
    let nearest = SETTINGS
        .into_iter()
        .min_by_key(|setting| distance(setting))?;
    (distance(nearest) <= 1 + wanted.chars().count() / 4).then_some(nearest)
}

/// Computes the Levenshtein distance, one row at a time.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, have) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, want) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(have != *want);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_levenshteins() {
        let cases = [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
            ("listen", "lisen", 1),
        ];
        for (from, to, expected) in cases {
            assert_eq!(edits(from, to), expected, "{from} -> {to}");
        }
    }

    #[test]
    fn only_a_similar_name_is_suggested() {
        let cases = [
            ("server.lisen", Some("server.listen")),
            ("listen", Some("server.listen")),
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
