//! The client's address when the request came through proxies.
//!
//! Any client can send `X-Forwarded-For`. It is therefore read only if a trusted proxy sent the
//! request, and only back to the first address that is not a trusted proxy. `Forwarded`,
//! `X-Real-IP`, `CF-Connecting-IP` and `True-Client-IP` are never read: a proxy that does not set
//! them passes on what the client wrote.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns the client's address: the right-most hop that is not a trusted proxy, or `peer` if
/// `peer` is not a trusted proxy.
///
/// An invalid hop ends the search; the result is then the last valid hop. IPv4-mapped IPv6
/// addresses become IPv4 addresses.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.to_canonical();
    for value in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        // A value that is not text counts as one invalid hop; it is not skipped.
        let value = value.to_str().unwrap_or("?");
        for hop in value
            .rsplit(',')
            .map(str::trim)
            .filter(|hop| !hop.is_empty())
        {
            if !is_trusted(client) {
                return client;
            }
            let Some(address) = parse(hop) else {
                return client;
            };
            client = address;
        }
    }
    client
}

/// Whether the peer seems to be a proxy on this machine that is not trusted: its address is a
/// loopback address, and the request has an `X-Forwarded-For`. Then all visitors have this address.
#[must_use]
pub fn is_unknown_proxy(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    let is_trusted = trusted.iter().any(|network| network.contains(&peer));
    peer.is_loopback() && !is_trusted && headers.contains_key(X_FORWARDED_FOR)
}

/// Parses `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    let address = match bare {
        Some(bare) => bare.parse().ok().filter(IpAddr::is_ipv6),
        None => hop
            .parse()
            .ok()
            .or_else(|| hop.parse().ok().map(|hop: SocketAddr| hop.ip())),
    };
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUSTED: [&str; 3] = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"];

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> = TRUSTED
            .iter()
            .map(|network| network.parse().expect("a network"))
            .collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().expect("a header"));
        }
        client_address(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn the_right_most_untrusted_hop_is_the_client() {
        let cases: [(&str, &[&str], &str); 26] = [
            // No proxy.
            ("192.0.2.1", &[], "192.0.2.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["", " , "], "127.0.0.1"),
            // A client that is not a trusted proxy sends the header itself.
            ("192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            ("2001:db8:2::1", &["203.0.113.9"], "2001:db8:2::1"),
            // A proxy appends the address it saw on the right.
            ("127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            ("2001:db8:1::5", &["1.1.1.1,203.0.113.9"], "203.0.113.9"),
            // Several trusted proxies in a row.
            (
                "127.0.0.1",
                &["1.1.1.1, 203.0.113.9, 10.0.0.2, 10.0.0.1"],
                "203.0.113.9",
            ),
            (
                "127.0.0.1",
                &["1.1.1.1, 203.0.113.9", "10.0.0.2", "10.0.0.1"],
                "203.0.113.9",
            ),
            ("127.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // Ports and brackets.
            ("127.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("127.0.0.1", &["2001:db8::9"], "2001:db8::9"),
            ("127.0.0.1", &["[2001:db8::9]"], "2001:db8::9"),
            ("127.0.0.1", &["[2001:db8::9]:4711"], "2001:db8::9"),
            // IPv4-mapped IPv6 addresses, as the peer and as a hop.
            ("::ffff:192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            ("::ffff:127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            (
                "127.0.0.1",
                &["203.0.113.9, ::ffff:10.0.0.1"],
                "203.0.113.9",
            ),
            ("127.0.0.1", &["[::ffff:203.0.113.9]:80"], "203.0.113.9"),
            // An invalid hop ends the search.
            ("127.0.0.1", &["203.0.113.9, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.9, unknown, 10.0.0.1"], "10.0.0.1"),
            ("127.0.0.1", &["203.0.113.9:99999"], "127.0.0.1"),
            ("127.0.0.1", &["\"203.0.113.9\""], "127.0.0.1"),
            ("127.0.0.1", &["[203.0.113.9]"], "127.0.0.1"),
        ];
        for (peer, forwarded, expected) in cases {
            assert_eq!(
                client(peer, forwarded),
                expected,
                "{peer} with {forwarded:?}"
            );
        }
    }

    #[test]
    fn an_unknown_proxy_is_on_this_machine_and_not_trusted() {
        let trusted: [IpNet; 1] = ["127.0.0.1/32".parse().expect("a network")];
        let mut forwarded = HeaderMap::new();
        forwarded.append(X_FORWARDED_FOR, "203.0.113.9".parse().expect("a header"));
        let none = HeaderMap::new();
        for (peer, headers, trusted, expected) in [
            ("127.0.0.1", &forwarded, &[][..], true),
            ("::1", &forwarded, &[], true),
            ("::ffff:127.0.0.2", &forwarded, &[], true),
            ("127.0.0.1", &forwarded, &trusted, false),
            ("::ffff:127.0.0.1", &forwarded, &trusted, false),
            ("127.0.0.1", &none, &[], false),
            ("192.0.2.1", &forwarded, &[], false),
        ] {
            let peer = peer.parse().expect("an address");
            assert_eq!(is_unknown_proxy(peer, headers, trusted), expected, "{peer}");
        }
    }

    #[test]
    fn a_value_that_is_not_text_is_an_invalid_hop() {
        let mut headers = HeaderMap::new();
        headers.append(X_FORWARDED_FOR, "203.0.113.9".parse().expect("a header"));
        headers.append(
            X_FORWARDED_FOR,
            axum::http::HeaderValue::from_bytes(b"\xff").expect("a header"),
        );
        let trusted = ["127.0.0.0/8".parse().expect("a network")];
        let peer = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(client_address(peer, &headers, &trusted), peer);
    }

    #[test]
    fn no_other_header_is_read() {
        let trusted = ["127.0.0.0/8".parse().expect("a network")];
        let peer = IpAddr::from([127, 0, 0, 1]);
        for name in [
            "forwarded",
            "x-real-ip",
            "cf-connecting-ip",
            "true-client-ip",
            "x-client-ip",
        ] {
            let mut headers = HeaderMap::new();
            headers.append(
                HeaderName::from_static(name),
                "203.0.113.9".parse().expect("a header"),
            );
            assert_eq!(client_address(peer, &headers, &trusted), peer, "{name}");
        }
    }
}
