//! The most common passwords. `commonest.md` says where the list comes from.

use std::cmp::Ordering;

/// One password per line, in lower case and normalization form C, sorted by bytes.
const COMMON: &str = include_str!("commonest.txt");

/// Whether the list contains this password, which must be in lower case.
pub(super) fn is_common(folded: &str) -> bool {
    has_line(COMMON, folded)
}

/// Finds a line by binary search, without an index.
fn has_line(sorted: &str, wanted: &str) -> bool {
    let mut rest = sorted;
    while !rest.is_empty() {
        let middle = rest.floor_char_boundary(rest.len() / 2);
        let start = rest[..middle].rfind('\n').map_or(0, |newline| newline + 1);
        let end = rest[start..].find('\n').map_or(rest.len(), |at| start + at);
        match rest[start..end].cmp(wanted) {
            Ordering::Equal => return true,
            Ordering::Greater => rest = &rest[..start],
            Ordering::Less => rest = rest.get(end + 1..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::is_nfc;

    use super::*;

    #[test]
    fn the_list_has_at_least_ten_thousand_valid_entries() {
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.len() >= 10_000, "{}", lines.len());
        assert!(lines.is_sorted_by(|one, next| one < next), "no duplicates");
        for line in lines {
            assert!(line.chars().count() >= 8, "{line}");
            assert_eq!(line, line.to_lowercase());
            assert!(is_nfc(line), "{line}");
            assert!(line.chars().any(|c| !line.starts_with(c)), "{line}");
        }
    }

    #[test]
    fn every_line_is_found_and_nothing_else() {
        for line in COMMON.lines() {
            assert!(is_common(line), "{line}");
            assert!(!is_common(&format!("{line}\n")), "{line}");
            assert!(!is_common(&format!("\n{line}")), "{line}");
        }
        assert!(!is_common(""));
        assert!(!is_common("\n"));
        assert!(!is_common(COMMON));
    }

    #[test]
    fn keyboard_patterns_are_in_the_list() {
        for walk in [
            "12345678",
            "123456789012",
            "0987654321",
            "qwertyuiop",
            "qwertzuiop",
            "azertyuiop",
            "asdfghjkl",
            "1qaz2wsx3edc",
            "1q2w3e4r5t",
            "abcdefgh",
        ] {
            assert!(is_common(walk), "{walk}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_found_exactly_if_it_is_in_the_text(mut lines: Vec<String>, wanted: String) {
            lines.retain(|line| !line.contains('\n') && !line.is_empty());
            lines.sort();
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            prop_assert_eq!(has_line(&text, &wanted), lines.contains(&wanted));
            for line in &lines {
                prop_assert!(has_line(&text, line));
            }
        }
    }
}
