//! The network of an address, as limits and refreshes count it.

use std::net::{IpAddr, Ipv4Addr};

/// Returns the network that one client usually has: an IPv4 address alone, or the first 64 bits of
/// an IPv6 address. An IPv4-mapped IPv6 address is an IPv4 address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// Returns the network that one customer of a provider can have: the first 24 bits of an IPv4
/// address, or 48 of an IPv6 address (RFC 6177).
pub(crate) fn wider_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::from((address & Ipv4Addr::new(255, 255, 255, 0)).octets()),
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RL05: one address has one network in each of its forms.
    #[test]
    fn an_address_has_one_network_in_every_form() {
        for (address, narrow, wide) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.0"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::", "2001:db8:1::"),
            ("2001:DB8:1:2:ffff::1", "2001:db8:1:2::", "2001:db8:1::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::", "2001:db8:1::"),
        ] {
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(network(address).to_string(), narrow, "{address}");
            assert_eq!(wider_network(address).to_string(), wide, "{address}");
        }
    }
}
