//! The security headers of a page.

use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

/// Allows only scripts, styles and images from our own files, and no frames in either direction.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
/// Switches off the browser features that no page of ours uses.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
/// One year (OWASP ASVS 5.0, 3.4.1).
const YEAR: &str = "max-age=31536000";
const YEAR_AND_SUBDOMAINS: &str = "max-age=31536000; includeSubDomains";

/// Sets the security headers of every page, error pages included (OWASP ASVS 5.0, 3.4). The content
/// security policy forbids scripts and styles inside the page; the other headers restrict frames,
/// content types and other sites. Existing values are replaced.
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

/// Tells browsers to use only TLS for a year for this host (RFC 6797). With `include_subdomains`
/// this holds for all its subdomains too, even those of other applications. Use it for every answer
/// if the base URL is `https`, and never otherwise.
pub fn strict_transport_security(headers: &mut HeaderMap, include_subdomains: bool) {
    let value = if include_subdomains {
        YEAR_AND_SUBDOMAINS
    } else {
        YEAR
    };
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
}
