//! Where somebody wants to go next, as an address says it: anybody may have written that.

use guestlist::holds_token;

/// A longer one nobody needs.
const MAX: usize = 2_000;

/// That text, if it is a path on this server and nothing else, whatever reads it: a redirect to it stays
/// here (OWASP ASVS 5.0, 3.7.2; RFC 9700, section 4.11). None for anything with a host in it, for what a
/// browser might take for one, such as `//` and `/\`, for what is not plain printable ASCII, and for what holds a token of
/// ours ([`guestlist::cut_tokens`]), which would stand in the history and the log of whatever reads it.
pub fn local_path(next: &str) -> Option<&str> {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let is_plain = next.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) && next.len() <= MAX;
    let is_local = path.starts_with('/') && !path.contains("//") && !next.contains('\\');
    let hides = |digits: &str| {
        let control = digits.starts_with(['0', '1']) || digits.eq_ignore_ascii_case("7f");
        control || digits.eq_ignore_ascii_case("2f") || digits.eq_ignore_ascii_case("5c")
    };
    let mut escapes = path
        .split('%')
        .skip(1)
        .map(|rest| rest.get(..2).unwrap_or("00"));
    let mut controls = next
        .split('%')
        .skip(1)
        .map(|rest| rest.get(..1).unwrap_or("0"));
    let is_honest = !escapes.any(hides) && !controls.any(|digit| digit == "0" || digit == "1");
    (is_plain && is_local && is_honest && !holds_token(next)).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RD05
    #[test]
    fn a_path_of_our_own_is_kept_with_all_that_follows_it() {
        for next in [
            "/",
            "/ok/path?x=1#f",
            "/events?q=a%2Fb&tag=%C3%A9",
            "/events/%C3%A9",
            "/a?b=//c",
        ] {
            assert_eq!(local_path(next), Some(next));
        }
    }

    /// RD01
    #[test]
    fn what_a_browser_takes_for_another_host_is_ignored() {
        for next in [
            "",
            "//evil.example",
            "///evil",
            "/\\evil",
            "\\/evil",
            "\\\\evil",
            "/%2F/evil",
            "/%2fevil",
            "/%5Cevil",
            "/%5cevil",
            "https:evil",
            "https:/evil",
            "https://evil",
            "/.//evil",
            "/..//evil",
            "evil",
            "./evil",
            "?next",
            "#f",
        ] {
            assert_eq!(local_path(next), None, "{next}");
        }
    }

    /// RD02: Django's CVE-2016-2512 and its kin.
    #[test]
    fn what_hides_a_host_behind_ours_is_ignored() {
        for next in [
            "http://app.example@evil",
            "http://app.example.evil",
            "//app.example%00.evil",
            "http://evil#app.example",
            "/%00.evil",
        ] {
            assert_eq!(local_path(next), None, "{next}");
        }
    }

    #[test]
    fn what_holds_a_token_is_ignored() {
        for next in [
            "/join/glp_c2VjcmV0",
            "/join/%67lp_c2VjcmV0",
            "/a?t=gla_c2VjcmV0&u=1",
            "/a#eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        ] {
            assert_eq!(local_path(next), None, "{next}");
        }
    }

    /// RD03
    #[test]
    fn scripts_and_second_headers_are_ignored() {
        for next in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "%0d%0aSet-Cookie:x=1",
            "/%0d%0aSet-Cookie:x=1",
            "/?%0d%0aSet-Cookie:x=1",
            "/a%0",
            "/a%",
            "/\r\nSet-Cookie: x=1",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "/\t/evil",
            "/ /evil",
            "\u{a0}//evil",
            "/é",
            "/\u{ff0f}evil",
        ] {
            assert_eq!(local_path(next), None, "{next}");
        }
        assert_eq!(local_path(&format!("/{}", "x".repeat(MAX))), None);
    }
}
