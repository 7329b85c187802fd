//! The headers that keep a page to itself.

use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

/// Scripts, styles and pictures of our own alone, in files of their own; no frames, either way.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
/// What no page of ours asks for.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
/// A year, as OWASP ASVS 5.0, 3.4.1, has it.
const YEAR: &str = "max-age=31536000";
const YEAR_AND_SUBDOMAINS: &str = "max-age=31536000; includeSubDomains";

/// Sets what every page has, also one that is a refusal: a content security policy that takes no script
/// and no style out of the page itself, and the headers that keep it from frames, other types and other
/// sites (OWASP ASVS 5.0, 3.4). What is set already is replaced.
pub fn page_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // `no-referrer` would make our own forms send `Origin: null`.
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Tells browsers to come back over TLS alone, for a year, to this host (RFC 6797) and with
/// `include_subdomains` to all hosts below it, also those of other applications. For every answer of an
/// application whose base URL is https, and for no other.
pub fn strict_transport_security(headers: &mut HeaderMap, include_subdomains: bool) {
    let value = if include_subdomains {
        YEAR_AND_SUBDOMAINS
    } else {
        YEAR
    };
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
}
