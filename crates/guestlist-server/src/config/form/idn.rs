//! Hosts with letters outside ASCII. Browsers send their ASCII form (`xn--…`), so settings have it.

/// Returns the text with its host in the ASCII form (UTS 46): a URL, or a host that a port may
/// follow. `None` if the host is in that form already, or is no domain name.
pub(super) fn with_ascii_host(text: &str) -> Option<String> {
    let start = text.find("://").map_or(0, |at| at + "://".len());
    let (scheme, rest) = text.split_at(start);
    let (host, after) = rest.split_at(rest.find([':', '/', '?', '#']).unwrap_or(rest.len()));
    if host.is_ascii() || host.contains('@') {
        return None;
    }
    let host = idna::domain_to_ascii_strict(host).ok()?;
    Some(format!("{scheme}{host}{after}"))
}
