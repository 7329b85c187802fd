//! Addresses that lead to another page and name the page after it.

use guestlist::LinkPurpose;
use guestlist_axum::local_path;

/// Returns the address of `path` with `next` as its parameter. The parameter is left out if `next`
/// is too long, or holds a token or the secret of a link.
pub(super) fn way(path: &str, next: &str) -> String {
    let Some(next) = local_path(next).filter(|next| !is_of_link(next)) else {
        return path.to_owned();
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("next", next).finish();
    format!("{path}?{query}")
}

/// Whether a page has the address of a link, which holds a secret.
pub(super) fn is_of_link(path: &str) -> bool {
    let mut segments = path.split(['/', '?', '#']).skip(1);
    let place = segments.next().unwrap_or_default();
    let mut places = LinkPurpose::ALL.into_iter().map(LinkPurpose::path);
    segments.next().is_some_and(|token| !token.is_empty()) && places.any(|other| other == place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_after_it_is_named_unless_its_address_is_a_secret() {
        for (next, expected) in [
            ("/account", "/sign-in?next=%2Faccount"),
            ("/setup", "/sign-in?next=%2Fsetup"),
            ("/events/setup", "/sign-in?next=%2Fevents%2Fsetup"),
            ("/setup/abc", "/sign-in"),
            ("/invitation/abc?x=1", "/sign-in"),
            ("/reset-password/abc", "/sign-in"),
            ("/join/glp_c2VjcmV0", "/sign-in"),
            ("//evil.example", "/sign-in"),
        ] {
            assert_eq!(way("/sign-in", next), expected, "{next}");
        }
    }
}
