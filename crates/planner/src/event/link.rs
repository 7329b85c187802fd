//! Validates the web addresses of events. Pages link to them, so only plain http and https
//! addresses are accepted: no scripts, and no user name or password before the host.

use std::net::Ipv6Addr;

use unicode_normalization::char::is_combining_mark;

/// Which texts an event may have as its image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageRule {
    /// Only http and https addresses, as
    /// [`EventFields::online_url`](crate::EventFields::online_url).
    #[default]
    WebAddress,
    /// Any text, for clients with pictures of their own.
    AnyText,
}

impl ImageRule {
    /// Whether the rule accepts that image.
    pub(crate) fn accepts(self, image: &str) -> bool {
        match self {
            Self::WebAddress => is_web_address(image),
            Self::AnyText => true,
        }
    }
}

/// Whether the text is an absolute http or https address with a host (RFC 3986, section 3).
pub(crate) fn is_web_address(text: &str) -> bool {
    // Browsers treat a backslash as a slash.
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return false;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && is_host_and_port(authority)
}

fn is_host_and_port(authority: &str) -> bool {
    if let Some(literal) = authority.strip_prefix('[') {
        return literal.split_once(']').is_some_and(|(address, port)| {
            address.parse::<Ipv6Addr>().is_ok()
                && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
        });
    }
    match authority.split_once(':') {
        Some((host, port)) => is_host(host) && is_port(port),
        None => is_host(authority),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Whether the text is a host name: labels in any script, separated by dots; a final dot is
/// allowed.
fn is_host(text: &str) -> bool {
    let labels = text.strip_suffix('.').unwrap_or(text);
    labels
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(is_of_a_name))
}

/// Letters with combining marks, digits, hyphen and underscore.
fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_are_accepted() {
        for text in [
            "https://example.com",
            "http://example.com/",
            "HTTPS://Example.COM:8443/a?b=c#d",
            "https://münchen.example/ü",
            "https://localhost:3000",
            "http://127.0.0.1/",
            "http://[::1]:8080/x",
            "https://example.com.",
            "https://meet.example/j/1@2?x=a:b",
            "https://example.com?q",
            "https://ex\u{915}\u{94d}\u{937}.example",
        ] {
            assert!(is_web_address(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "example.com",
            "//example.com",
            "https://",
            "https:///x",
            "https:example.com",
            "javascript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            "data://x",
            "ftp://a.b",
            " https://example.com",
            "https://exa mple.com",
            "https://example.com/\u{a0}",
            "https://ada:secret@example.com",
            "https://example.com\\@evil.example",
            "https://.",
            "https://a..b",
            "https://example.com:",
            "https://example.com:65536",
            "https://a:+80",
            "https://:80",
            "https://[::1",
            "https://[::g]",
            "https://[::1]80",
            "https://<b>",
            "https://a%20b",
            "https://a\u{202e}b.example",
            "https://?x",
        ] {
            assert!(!is_web_address(text), "{text}");
        }
    }
}
