//! The base URL: the address at which clients reach the server.

use std::net::{IpAddr, SocketAddr};

use axum::http::Uri;
use guestlist_axum::WebOrigin;

use super::idn::with_ascii_host;
use crate::config::{
    problem::Problem,
    setting::{Form, Kind},
};

/// The origin as browsers write it: in lower case, without a default port.
pub(crate) const BASE_URL: Form<String> = Form {
    kind: Kind::Text,
    words: "the address that users type, such as https://events.example.org",
    secret: false,
    parse: base_url,
    show: String::clone,
};

/// Parses a base URL. Returns the origin as browsers write it: in lower case, without a default
/// port.
pub(super) fn base_url(text: &str) -> Result<String, Problem> {
    if text.contains('@') {
        return Err("contains a user name, which would be public".into());
    }
    if text.contains(['?', '#']) {
        return Err(format!("is {text:?}, which has a `?` or a `#`").into());
    }
    if let Some(ascii) = with_ascii_host(text)
        && let Ok(right) = base_url(&ascii)
    {
        let found = format!("is {text:?}, whose host is not in its ASCII form");
        return Err(Problem::with_fix(found, format!("write {right}")));
    }
    let no_address = || {
        Problem::from(format!(
            "is {text:?}, which is not an http or https address"
        ))
    };
    let uri: Uri = text.parse().map_err(|_| no_address())?;
    let scheme = uri.scheme_str().unwrap_or_default();
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(no_address()),
    };
    let host = uri.host().unwrap_or_default().to_lowercase();
    let after_host = uri
        .authority()
        .map_or("", |authority| &authority.as_str()[host.len()..]);
    let port = match uri.port_u16() {
        Some(port) if port == default_port => String::new(),
        Some(port) if port > 0 => format!(":{port}"),
        None if after_host.is_empty() => String::new(),
        _ => {
            return Err(format!("is {text:?}, whose port is not a number from 1 to 65535").into());
        }
    };
    if host.is_empty() {
        return Err(no_address());
    }
    if !uri.path().trim_end_matches('/').is_empty() {
        return Err(format!("is {text:?}; server.base_url must not have a path").into());
    }
    let origin = format!("{scheme}://{host}{port}").parse::<WebOrigin>();
    Ok(origin.map_err(|_| no_address())?.to_string())
}

/// The base URL of a server that listens there, if `server.base_url` is not set.
pub(crate) fn base_url_of(listen: SocketAddr) -> String {
    let host = match listen.ip().to_canonical() {
        ip if ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    match listen.port() {
        80 => format!("http://{host}"),
        port => format!("http://{host}:{port}"),
    }
}

/// Whether a base URL, as [`base_url`] returns it, names a host of this machine only.
pub(crate) fn is_loopback_url(base_url: &str) -> bool {
    let uri: Option<Uri> = base_url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}
