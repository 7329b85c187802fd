//! Checks the address to go to next, which comes from the request and may be an attacker's.

use guestlist::holds_token;

/// The longest address that is accepted, in bytes.
const MAX: usize = 2_000;

/// Returns the text if every program reads it as a path on this server. A redirect to it then stays
/// on this server (OWASP ASVS 5.0, 3.7.2; RFC 9700, section 4.11).
///
/// Returns `None` for a text that:
///
/// - contains a host, or what a browser might read as one, such as `//` and `/\`;
/// - is not printable ASCII;
/// - contains one of our tokens ([`guestlist::cut_tokens`]), which would end up in the browser's
///   history and in logs.
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
    fn a_local_path_is_kept_with_its_query_and_fragment() {
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
    fn an_address_that_a_browser_reads_as_another_host_is_ignored() {
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

    /// RD02: Django's CVE-2016-2512 and similar ones.
    #[test]
    fn an_address_that_hides_another_host_is_ignored() {
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
    fn an_address_with_a_token_is_ignored() {
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
    fn scripts_and_header_injections_are_ignored() {
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
