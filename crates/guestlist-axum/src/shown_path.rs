//! How the path of a request is shown in logs and in refusals.

use std::borrow::Cow;

use guestlist::{LinkPurpose, cut_tokens};

/// The most bytes of a path in a refusal or in this library's log lines.
pub(crate) const SHOWN_BYTES: usize = 200;

/// Shortens a path for the log. Tokens are cut to their prefixes ([`cut_tokens`]), and the path of a
/// link is cut before its token. A path longer than `max_bytes` ends with an ellipsis.
pub fn shown_path(path: &str, max_bytes: usize) -> Cow<'_, str> {
    shortened(path, max_bytes, "…")
}

/// Shortens a path as part of a URI, for a refusal's `instance` (RFC 9457, section 3.1.5).
pub(crate) fn instance(path: &str) -> String {
    shortened(path, SHOWN_BYTES, "%E2%80%A6").into_owned()
}

fn shortened<'a>(path: &'a str, max_bytes: usize, ellipsis: &str) -> Cow<'a, str> {
    if let Some(place) = place_of_link(path) {
        return Cow::Owned(format!("{place}{ellipsis}"));
    }
    let path = cut_tokens(path);
    if path.len() <= max_bytes {
        return path;
    }
    let end = path.floor_char_boundary(max_bytes);
    Cow::Owned(format!("{}{ellipsis}", &path[..end]))
}

/// Returns the part of a link's path before the token, such as `/reset-password/`. The token has no
/// form by which it could be recognized if a part of it is missing, so all that follows is cut.
fn place_of_link(path: &str) -> Option<&str> {
    let path = path.trim_start_matches('/');
    let (place, rest) = path.split_once('/')?;
    let is_link = |purpose: &LinkPurpose| place.eq_ignore_ascii_case(purpose.path());
    let found = LinkPurpose::ALL.iter().find(|purpose| is_link(purpose))?;
    (!rest.is_empty()).then_some(match found {
        LinkPurpose::VerifyEmail => "/verify-email/",
        LinkPurpose::ResetPassword => "/reset-password/",
        LinkPurpose::ChangeEmail => "/change-email/",
        LinkPurpose::UndoEmail => "/undo-email/",
        LinkPurpose::Invitation => "/invitation/",
        LinkPurpose::Setup => "/setup/",
        LinkPurpose::NotMe => "/not-me/",
    })
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
    fn the_path_of_a_link_is_cut_before_the_token() {
        for purpose in LinkPurpose::ALL {
            let place = format!("/{}/", purpose.path());
            for rest in ["abcDEF-_", "abc%20", "a/b", "/a", "eyJabc"] {
                let path = format!("{place}{rest}");
                assert_eq!(shown_path(&path, 200), format!("{place}…"));
                assert_eq!(instance(&path), format!("{place}%E2%80%A6"));
            }
            assert_eq!(shown_path(&place, 200), place);
        }
        assert_eq!(shown_path("//reset-password/abc", 9), "/reset-password/…");
        assert_eq!(shown_path("/Reset-Password/abc", 9), "/reset-password/…");
        assert_eq!(shown_path("/reset-password", 200), "/reset-password");
    }

    #[test]
    fn tokens_are_cut_before_the_path_is_shortened() {
        let path = format!("/join/glp_{}/events", "x".repeat(300));
        assert_eq!(shown_path(&path, 200), "/join/glp_/events");
        assert_eq!(instance(&path), "/join/glp_/events");
    }
}
