//! Lists, separated by commas. A message names the item that is wrong.

use std::net::IpAddr;

use guestlist_axum::{WebOrigin, WebOriginError};
use ipnet::{IpNet, Ipv4Net, ip_mask_to_prefix};

use super::idn::with_ascii_host;
use crate::config::{
    problem::Problem,
    setting::{Form, Kind},
};

/// Host names and IP addresses, in lower case, each once.
pub(crate) const HOSTS: Form<Vec<String>> = Form {
    kind: Kind::List,
    words: "host names or IP addresses without a port, such as events.example.org (in the file [\"a.example\", \"b.example\"], elsewhere a.example,b.example)",
    secret: false,
    parse: hosts,
    show: |hosts| hosts.join(","),
};

/// Networks. An address without a prefix is a network of one address.
pub(crate) const NETWORKS: Form<Vec<IpNet>> = Form {
    kind: Kind::List,
    words: "networks or addresses, such as 10.0.0.0/8 and ::1 (in the file [\"10.0.0.0/8\", \"::1\"], elsewhere 10.0.0.0/8,::1)",
    secret: false,
    parse: networks,
    show: |networks| {
        let texts: Vec<String> = networks.iter().map(ToString::to_string).collect();
        texts.join(",")
    },
};

/// Origins, each once.
pub(crate) const ORIGINS: Form<Vec<WebOrigin>> = Form {
    kind: Kind::List,
    words: "origins, such as https://app.example.org (in the file [\"https://app.example.org\"], elsewhere separated by commas); never *",
    secret: false,
    parse: origins,
    show: |origins| {
        let texts: Vec<&str> = origins.iter().map(WebOrigin::as_str).collect();
        texts.join(",")
    },
};

pub(super) fn hosts(text: &str) -> Result<Vec<String>, Problem> {
    each_once(text, |item| host(item).ok_or_else(|| no_host(item)))
}

pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, Problem> {
    items(text).map(network).collect()
}

fn origins(text: &str) -> Result<Vec<WebOrigin>, Problem> {
    each_once(text, |item| {
        if item.contains('@') {
            return Err(with_user());
        }
        let origin = item.parse::<WebOrigin>();
        origin.map_err(|error| no_origin(item, error))
    })
}

fn no_origin(item: &str, error: WebOriginError) -> Problem {
    if item.is_empty() {
        return empty();
    }
    if let Some(several) = several(item, |part| part.contains("://")) {
        return several;
    }
    match with_ascii_host(item).filter(|ascii| ascii.parse::<WebOrigin>().is_ok()) {
        Some(ascii) => not_ascii(item, &ascii),
        None => wrong(item, &format!(": {error}")).into(),
    }
}

fn not_ascii(item: &str, right: &str) -> Problem {
    let found = wrong(item, ", whose host is not in its ASCII form");
    Problem::with_fix(found, format!("write {right}"))
}

/// Returns the items, none for an empty text.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let is_empty = text.trim().is_empty();
    let items = (!is_empty).then(|| text.split(',').map(str::trim));
    items.into_iter().flatten()
}

fn each_once<T: PartialEq>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let mut values = Vec::new();
    for item in items(text) {
        let value = parse(item)?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values)
}

/// What was found, for an item that is wrong.
fn wrong(item: &str, why: &str) -> String {
    format!("has the item {item:?}{why}")
}

/// Parses a host without a port, in the form of the `Host` header: IPv6 addresses have brackets.
fn host(item: &str) -> Option<String> {
    let address = item.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => Some(format!("[{ip}]")),
        Ok(IpAddr::V4(ip)) => Some(ip.to_string()),
        Err(_) => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            let labels = item.strip_suffix('.').unwrap_or(item).split('.');
            let named = (1..=253).contains(&item.len())
                && item.bytes().all(plain)
                && labels.into_iter().all(|label| !label.is_empty());
            named.then(|| item.to_ascii_lowercase())
        }
    }
}

fn no_host(item: &str) -> Problem {
    if item.is_empty() {
        return empty();
    }
    if item.contains('@') {
        return with_user();
    }
    let is_host = |part: &str| host(part).is_some() && (part.contains('.') || item.contains(';'));
    if let Some(several) = several(item, is_host) {
        return several;
    }
    if let Some(ascii) =
        with_ascii_host(item).and_then(|ascii| host(alone(&ascii).unwrap_or(&ascii)))
    {
        return not_ascii(item, &ascii);
    }
    match alone(item).and_then(host) {
        Some(host) => more_than(item, "a host", &host),
        None => wrong(item, ", which is not a host name or an IP address").into(),
    }
}

fn network(item: &str) -> Result<IpNet, Problem> {
    let network = match item.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => item.parse().map_err(|_| no_network(item))?,
    };
    Ok(canonical(network.trunc()))
}

fn no_network(item: &str) -> Problem {
    if item.is_empty() {
        return empty();
    }
    if item.contains('@') {
        return with_user();
    }
    if let Some(several) = several(item, |part| network(part).is_ok()) {
        return several;
    }
    if let Some((address, prefix)) = item.split_once('/')
        && let Ok(address) = address.parse::<IpAddr>()
    {
        let mask = prefix.parse::<IpAddr>().ok();
        if let Some(length) = mask.and_then(|mask| ip_mask_to_prefix(mask).ok()) {
            let found = wrong(item, ", which has a mask in place of a prefix");
            return Problem::with_fix(found, format!("write {address}/{length}"));
        }
        let most = IpNet::from(address).prefix_len();
        let found = wrong(
            item,
            &format!(", whose prefix is not a number from 0 to {most}"),
        );
        return Problem::with_fix(
            found,
            format!("write {address}/{most} for this address alone"),
        );
    }
    let address = alone(item).and_then(|alone| alone.parse::<IpAddr>().ok());
    match address {
        Some(address) => more_than(item, "an IP address", &address.to_string()),
        None => wrong(item, ", which is not an IP address or a network").into(),
    }
}

/// The problem of an item with a user name. The item may have a password, so it is not shown.
fn with_user() -> Problem {
    "has an item with a user name, which would be public".into()
}

/// The problem of an empty item.
pub(super) fn empty() -> Problem {
    Problem::with_fix(
        "has an empty item",
        "remove the comma before it or after it",
    )
}

fn more_than(item: &str, what: &str, right: &str) -> Problem {
    Problem::with_fix(
        wrong(item, &format!(", which is more than {what}")),
        format!("write {right}"),
    )
}

/// The problem of an item that has several in it, separated by spaces or semicolons.
pub(super) fn several(item: &str, is_good: impl Fn(&str) -> bool) -> Option<Problem> {
    let parts = item.split(|c: char| c.is_whitespace() || c == ';');
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let are_several = parts.len() > 1 && parts.iter().all(|part| is_good(part));
    let found = wrong(item, ", which is more than one");
    are_several.then(|| Problem::with_fix(found, format!("give each alone: {}", parts.join(", "))))
}

/// Returns the host of a URL or of an address with a port, without brackets and quotes.
fn alone(item: &str) -> Option<&str> {
    let behind_scheme = item.split_once("://").map_or(item, |(_, behind)| behind);
    let host = behind_scheme.split('/').next()?;
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = match host.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => host,
    };
    let host = host.trim_matches(['"', '\'']);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (host != item && !host.contains('@')).then_some(host)
}

/// Client addresses are compared in their IPv4 form if they have one, so networks must be as well.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(wide) = network else {
        return network;
    };
    let narrow = wide
        .addr()
        .to_ipv4_mapped()
        .zip(wide.prefix_len().checked_sub(96));
    match narrow.map(|(address, prefix)| Ipv4Net::new(address, prefix)) {
        Some(Ok(narrow)) => IpNet::V4(narrow),
        _ => network,
    }
}
