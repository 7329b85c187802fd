//! The addresses of this machine in its networks.

use std::net::{IpAddr, SocketAddr};

/// The most addresses that are shown.
const SHOWN: usize = 6;

/// Returns the URLs that other devices in the network can open; none if the server listens on
/// loopback. IPv4 addresses come first. Link-local addresses are left out.
pub(super) fn urls(listen: SocketAddr) -> Vec<String> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    urls_among(listen, found.into_iter().map(|interface| interface.ip()))
}

fn urls_among(listen: SocketAddr, own: impl Iterator<Item = IpAddr>) -> Vec<String> {
    let ip = listen.ip().to_canonical();
    let mut addresses = if !ip.is_unspecified() {
        vec![ip]
    } else {
        // A listener on 0.0.0.0 accepts IPv4 only.
        own.filter(|own| own.is_ipv4() || ip.is_ipv6()).collect()
    };
    addresses.retain(|address| !address.is_loopback() && !is_of_one_link(*address));
    addresses.sort_by_key(|address| (address.is_ipv6(), *address));
    addresses.dedup();
    addresses.truncate(SHOWN);
    let url = |address| format!("http://{}", SocketAddr::new(address, listen.port()));
    addresses.into_iter().map(url).collect()
}

fn is_of_one_link(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_other_devices_can_open_are_shown() {
        let own = [
            "127.0.0.1",
            "fd00::5",
            "192.168.1.5",
            "169.254.3.4",
            "::1",
            "fe80::1",
            "10.0.0.7",
        ];
        let urls = |listen: &str| {
            let own = own.iter().map(|own| own.parse().expect("an address"));
            urls_among(listen.parse().expect("an address"), own)
        };
        let none: [&str; 0] = [];
        assert_eq!(urls("127.0.0.1:8080"), none);
        assert_eq!(urls("[::1]:8080"), none);
        let v4 = ["http://10.0.0.7:8080", "http://192.168.1.5:8080"];
        assert_eq!(urls("0.0.0.0:8080"), v4);
        let both = [v4[0], v4[1], "http://[fd00::5]:8080"];
        assert_eq!(urls("[::]:8080"), both);
        assert_eq!(urls("192.168.1.5:80"), ["http://192.168.1.5:80"]);
    }
}
