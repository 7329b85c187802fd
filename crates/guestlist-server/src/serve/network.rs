//! The network of a client.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::proxy::client_address;

/// The unit by which limits count clients: one IPv4 address, or one IPv6 network of 64 bits, which
/// is the smallest that a provider gives to a customer (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl Network {
    /// Returns the network of that address.
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let prefix = u128::from(address) & (u128::MAX << 64);
                IpAddr::V6(Ipv6Addr::from(prefix))
            }
            address => address,
        })
    }
}

/// A client network, and whether the limits for one client apply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    pub(super) network: Network,
    /// False for a trusted proxy, because it sends requests of many clients.
    pub(super) is_limited: bool,
}

impl Client {
    /// Returns the client on the other side of a connection.
    pub(super) fn of_peer(peer: IpAddr, trusted: &[IpNet]) -> Self {
        let peer = peer.to_canonical();
        Self {
            network: Network::of(peer),
            is_limited: !trusted.iter().any(|network| network.contains(&peer)),
        }
    }

    /// Returns the client of a request: behind a trusted proxy, the client that the proxy names.
    pub(super) fn of_request(self, peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        if self.is_limited {
            return self;
        }
        Self::of_peer(client_address(peer, headers, trusted), trusted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::of(address.parse().expect("an address"))
    }

    #[test]
    fn a_client_is_one_ipv4_address_or_one_ipv6_network_of_64_bits() {
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ffff::2"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_ne!(network("::1"), network("127.0.0.1"));
    }

    #[test]
    fn behind_a_trusted_proxy_the_proxy_names_the_client() {
        let trusted: [IpNet; 1] = ["10.0.0.0/8".parse().expect("a network")];
        let address = |text: &str| -> IpAddr { text.parse().expect("an address") };
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9".parse().expect("a header"));
        let proxy = Client::of_peer(address("10.0.0.1"), &trusted);
        assert!(!proxy.is_limited);
        let behind = proxy.of_request(address("10.0.0.1"), &headers, &trusted);
        let expected = Client::of_peer(address("203.0.113.9"), &trusted);
        assert!(behind == expected && behind.is_limited);
        assert_eq!(
            proxy.of_request(address("10.0.0.1"), &HeaderMap::new(), &trusted),
            proxy
        );
        let stranger = Client::of_peer(address("192.0.2.1"), &trusted);
        assert_eq!(
            stranger.of_request(address("192.0.2.1"), &headers, &trusted),
            stranger
        );
    }
}
