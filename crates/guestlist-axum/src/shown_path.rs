//! How the path of a request is shown in logs and in refusals.

use std::borrow::Cow;

use guestlist::cut_tokens;

/// The most bytes of a path in a refusal or in this library's log lines.
pub(crate) const SHOWN_BYTES: usize = 200;

/// Shortens a path for the log: tokens are cut to their prefixes ([`cut_tokens`]), and a path
/// longer than `max_bytes` ends with an ellipsis.
pub fn shown_path(path: &str, max_bytes: usize) -> Cow<'_, str> {
    shortened(path, max_bytes, "…")
}

/// Shortens a path as part of a URI, for a refusal's `instance` (RFC 9457, section 3.1.5).
pub(crate) fn instance(path: &str) -> String {
    shortened(path, SHOWN_BYTES, "%E2%80%A6").into_owned()
}

fn shortened<'a>(path: &'a str, max_bytes: usize, ellipsis: &str) -> Cow<'a, str> {
    let path = match cut_link(path) {
        Some(cut) => Cow::Borrowed(cut),
        None => cut_tokens(path),
    };
    if path.len() <= max_bytes {
        return path;
    }
    let end = path.floor_char_boundary(max_bytes);
    Cow::Owned(format!("{}{ellipsis}", &path[..end]))
}

/// Returns the first segment of a path that is the link of an invitation or of the setup. The
/// other segment is a secret.
fn cut_link(path: &str) -> Option<&str> {
    let links = ["/invitation/", "/setup/"];
    let prefix = links.iter().find(|prefix| path.starts_with(*prefix))?;
    path.get(..prefix.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_is_cut_between_characters_and_ends_with_an_ellipsis() {
        assert_eq!(shown_path("/events", 200), "/events");
        assert_eq!(shown_path("/abcdef", 4), "/abc…");
        assert_eq!(shown_path("/abé", 4), "/ab…");
        let long = format!("/{}", "é".repeat(8_000));
        assert_eq!(shown_path(&long, 200).len(), 199 + "…".len());
        assert!(instance(&long).ends_with("%E2%80%A6"));
        assert!(instance(&long).len() < 220);
    }

    #[test]
    fn the_secret_of_a_link_is_cut() {
        for link in ["/invitation/", "/setup/"] {
            let path = format!("{link}AZr0V9wbfUqR/x");
            assert_eq!(shown_path(&path, 200), link);
            assert_eq!(instance(&path), link);
        }
        assert_eq!(shown_path("/setup", 200), "/setup");
    }

    #[test]
    fn tokens_are_cut_before_the_path_is_shortened() {
        let path = format!("/join/glp_{}/events", "x".repeat(300));
        assert_eq!(shown_path(&path, 200), "/join/glp_/events");
        assert_eq!(instance(&path), "/join/glp_/events");
    }
}
