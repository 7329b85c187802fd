//! Web origins: scheme, host and port (RFC 6454).

use std::{fmt, str::FromStr};

use axum::http::Uri;

/// An origin as browsers write it (RFC 6454, section 6.2): `https://app.example`, in lower case and
/// without a default port. A wildcard or `null` is not an origin here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

/// The text is not exactly one origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is http:// or https://, a host, and a port if it is not the default one; nothing else, and no *"
)]
pub struct WebOriginError;

impl WebOrigin {
    /// Returns the origin as a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an `Origin` header with this value names this origin. Scheme and host are compared
    /// without case (RFC 6454, section 4), the rest exactly.
    pub(crate) fn is(&self, value: &str) -> bool {
        self.0.eq_ignore_ascii_case(value)
    }

    /// Whether an address, such as a `Referer`, belongs to this origin.
    pub(crate) fn has(&self, address: &str) -> bool {
        let after = address.split_at_checked(self.0.len());
        after.is_some_and(|(origin, path)| {
            self.is(origin) && (path.is_empty() || path.starts_with('/'))
        })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether this origin always leads to the user's own machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let (_, rest) = self.0.split_once("://").unwrap_or_default();
        let host = match rest.split_once(']') {
            Some((host, _)) => host.trim_start_matches('['),
            None => rest.split(':').next().unwrap_or_default(),
        };
        let address = host.parse::<std::net::IpAddr>();
        address.is_ok_and(|address| address.to_canonical().is_loopback())
            || host == "localhost"
            || host.ends_with(".localhost")
    }
}

impl FromStr for WebOrigin {
    type Err = WebOriginError;

    fn from_str(text: &str) -> Result<Self, WebOriginError> {
        let uri: Uri = text.parse().map_err(|_| WebOriginError)?;
        let default_port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(WebOriginError),
        };
        let authority = uri.authority().ok_or(WebOriginError)?;
        let host = authority.host().to_ascii_lowercase();
        // Only a port may follow the host.
        let after_host = authority.as_str().get(host.len()..).unwrap_or_default();
        let port = match authority.port_u16() {
            None if after_host.is_empty() => String::new(),
            Some(port) if port > 0 && after_host == format!(":{port}") => {
                let written = (port != default_port).then_some(after_host);
                written.unwrap_or_default().to_owned()
            }
            _ => return Err(WebOriginError),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b);
        let is_host = !host.is_empty() && !host.ends_with('.') && host.bytes().all(plain);
        let scheme = uri.scheme_str().unwrap_or_default();
        let whole = format!("{scheme}://{host}{port}");
        // The text must have no path, query or fragment; `Uri` drops the fragment.
        let written = text.len() - authority.as_str().len();
        if !is_host || written != scheme.len() + "://".len() {
            return Err(WebOriginError);
        }
        Ok(Self(whole))
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> WebOrigin {
        text.parse().expect("is an origin")
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, written) in [
            ("https://app.example", "https://app.example"),
            ("HTTPS://App.Example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(origin(text).as_str(), written);
        }
    }

    /// CO03, CO04
    #[test]
    fn a_text_that_is_not_exactly_one_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "app.example",
            "https://",
            "https://*",
            "https://*.app.example",
            "ftp://app.example",
            "https://app.example/",
            "https://app.example/path",
            "https://app.example?",
            "https://app.example#",
            "https://app.example.",
            "https://app.example:",
            "https://app.example:0",
            "https://app.example:99999",
            "https://app.example:0443",
            "https://example.com@evil.org",
            "https://app.example,https://other.example",
            " https://app.example",
            "https://app.example ",
            "https://bücher.example",
        ] {
            assert_eq!(text.parse::<WebOrigin>(), Err(WebOriginError), "{text}");
        }
    }

    /// CS14
    #[test]
    fn an_origin_header_is_compared_without_case_and_otherwise_exactly() {
        let ours = origin("https://app.example");
        assert!(ours.is("https://app.example") && ours.is("https://APP.EXAMPLE"));
        for other in [
            "null",
            "",
            "http://app.example",
            "https://app.example:444",
            "https://app.example.evil.org",
            "https://evil-app.example",
            "https://app.example/",
        ] {
            assert!(!ours.is(other), "{other}");
        }
    }

    #[test]
    fn an_address_belongs_to_an_origin_only_if_the_whole_origin_matches() {
        let ours = origin("https://app.example");
        for address in [
            "https://app.example",
            "https://app.example/a?b",
            "https://APP.example/",
        ] {
            assert!(ours.has(address), "{address}");
        }
        for address in [
            "",
            "https://app.example.evil.org/",
            "https://app.example:444/",
            "https://app.example@evil.org/",
            "http://app.example/",
            "/a",
        ] {
            assert!(!ours.has(address), "{address}");
        }
    }

    #[test]
    fn loopback_origins_are_recognised_by_name_and_by_address() {
        for text in [
            "http://127.0.0.1:8080",
            "http://127.8.0.1",
            "http://[::1]:1",
            "http://localhost:3000",
            "http://app.localhost",
        ] {
            assert!(origin(text).is_loopback(), "{text}");
        }
        for text in [
            "http://192.168.0.1",
            "http://localhost.example",
            "http://notlocalhost",
        ] {
            assert!(!origin(text).is_loopback(), "{text}");
        }
    }
}
