//! The variables that Kubernetes sets in every container for each service of the namespace. For a
//! service named `guestlist` or `guestlist-…`, they start like ours.
//!
//! Source: Kubernetes documentation, "Service", section "Environment variables".

use super::setting::PREFIX;

/// Whether Kubernetes set this variable, judged by its name and the form of its value. Our
/// variables have two underscores between section and key; these do not.
pub(super) fn sets(name: &str, value: &str) -> bool {
    let Some(rest) = name
        .strip_prefix(PREFIX)
        .filter(|rest| !rest.contains("__"))
    else {
        return false;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_url = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    if rest == "SERVICE_HOST" || rest.ends_with("_SERVICE_HOST") {
        return true;
    }
    let of_service = |(before, _): (&str, &str)| before.is_empty() || before.ends_with('_');
    if rest.split_once("SERVICE_PORT").is_some_and(of_service) {
        return is_number(value);
    }
    if rest == "PORT" || rest.ends_with("_PORT") && !rest.contains("PORT_") {
        return is_url;
    }
    // `GUESTLIST_PORT_8080_TCP`, optionally followed by `_PROTO`, `_PORT` or `_ADDR`.
    let mut parts = rest.rsplit('_');
    let mut last = parts.next().unwrap_or_default();
    let is_part = matches!(last, "PROTO" | "PORT" | "ADDR");
    if is_part {
        last = parts.next().unwrap_or_default();
    }
    let is_protocol = matches!(last, "TCP" | "UDP" | "SCTP");
    is_protocol
        && parts.next().is_some_and(is_number)
        && parts.next() == Some("PORT")
        && (is_part || is_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubernetes_variables_differ_from_settings_and_mistakes() {
        for (name, value) in [
            ("GUESTLIST_SERVICE_HOST", "10.0.0.1"),
            ("GUESTLIST_SERVICE_PORT", "8080"),
            ("GUESTLIST_SERVICE_PORT_HTTP", "8080"),
            ("GUESTLIST_PORT", "tcp://10.0.0.1:8080"),
            ("GUESTLIST_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("GUESTLIST_PORT_8080_TCP_PROTO", "tcp"),
            ("GUESTLIST_PORT_8080_TCP_PORT", "8080"),
            ("GUESTLIST_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("GUESTLIST_DB_SERVICE_HOST", "10.0.0.2"),
            ("GUESTLIST_DB_SERVICE_PORT", "5432"),
            ("GUESTLIST_DB_PORT", "tcp://10.0.0.2:5432"),
            ("GUESTLIST_DB_PORT_5432_TCP_ADDR", "10.0.0.2"),
        ] {
            assert!(sets(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("GUESTLIST_SERVER__LISTEN", "127.0.0.1:1"),
            ("GUESTLIST_SERVER__SERVICE_HOST", "10.0.0.1"),
            ("GUESTLIST_PORT", "8080"),
            ("GUESTLIST_SERVICE_PORT", "http"),
            ("GUESTLIST_LISTEN", "127.0.0.1:1"),
            ("GUESTLIST_PORT_8080_TCP", "on"),
            ("GUESTLIST_TCP_ADDR", "10.0.0.1"),
            ("OTHER_SERVICE_HOST", "10.0.0.1"),
        ] {
            assert!(!sets(name, value), "{name}={value}");
        }
    }
}
