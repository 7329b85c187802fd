//! What a good value of each setting is. Every function takes the text as it was written. Its error
//! says what was found and completes "setting `server.listen` …"; the fix is [`Setting::form`], unless
//! the error has its own. No error quotes a secret.
//!
//! [`Setting::form`]: super::Setting::form

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use axum::http::Uri;
use guestlist::{Algorithm, PasswordCost, Scheme, Strategy};
use guestlist_axum::WebOrigin;
use ipnet::{IpNet, Ipv4Net};
use planner::Zone;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{
    problem::Problem,
    secret::{DatabaseUrl, Secret},
};
use crate::database::{Named, with_usual_scheme};

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("is {text:?}"))
}

pub(super) fn address_or_off(text: &str) -> Result<Option<SocketAddr>, String> {
    match text {
        "" | "off" => Ok(None),
        _ => address(text).map(Some),
    }
}

/// Parses a base URL. Returns the origin as browsers write it: in lower case, without a default
/// port.
pub(super) fn base_url(text: &str) -> Result<String, String> {
    if text.contains('@') {
        return Err("contains a user name, which would be public".to_owned());
    }
    if text.contains(['?', '#']) {
        return Err(format!("is {text:?}, which has a `?` or a `#`"));
    }
    let no_address = || format!("is {text:?}, which is not an http or https address");
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
            return Err(format!(
                "is {text:?}, whose port is not a number from 1 to 65535"
            ));
        }
    };
    if host.is_empty() {
        return Err(no_address());
    }
    if !uri.path().trim_end_matches('/').is_empty() {
        return Err(format!("is {text:?}; server.base_url must not have a path"));
    }
    let origin = format!("{scheme}://{host}{port}").parse::<WebOrigin>();
    Ok(origin.map_err(|_| no_address())?.to_string())
}

/// The base URL of a server that listens there, if `server.base_url` is not set.
pub(super) fn base_url_of(listen: SocketAddr) -> String {
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
pub(super) fn is_loopback_url(base_url: &str) -> bool {
    let uri: Option<Uri> = base_url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Parses host names and IP addresses, separated by commas. Returns them in lower case, each once.
pub(super) fn hosts(text: &str) -> Result<Vec<String>, String> {
    let mut hosts = Vec::new();
    if text.trim().is_empty() {
        return Ok(hosts);
    }
    for item in text.split(',').map(str::trim) {
        let host = host(item).ok_or_else(|| format!("has {item:?} in it"))?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

/// Parses a host without a port, in the form of the `Host` header: IPv6 addresses have brackets.
fn host(item: &str) -> Option<String> {
    let address = item.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => Some(format!("[{ip}]")),
        Ok(IpAddr::V4(ip)) => Some(ip.to_string()),
        Err(_) => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            let named = (1..=253).contains(&item.len()) && item.bytes().all(plain);
            named.then(|| item.to_ascii_lowercase())
        }
    }
}

/// The name of the site. Pages and messages show it, so nothing in it may move a cursor.
pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if guestlist::is_blank(text) {
        return Err("is empty".to_owned());
    }
    if text.contains(char::is_control) {
        return Err("contains a control character".to_owned());
    }
    if let Some(unseen) = guestlist::find_unseen(text) {
        return Err(format!("contains {unseen}"));
    }
    match text.chars().count() {
        ..=100 => Ok(text.to_owned()),
        count => Err(format!("has {count} characters")),
    }
}

/// Parses the name of a time zone; case is ignored.
pub(super) fn time_zone(text: &str) -> Result<Zone, String> {
    Zone::find(text.trim()).ok_or_else(|| format!("is {text:?}"))
}

pub(super) fn file_or_off(text: &str) -> Result<Option<PathBuf>, String> {
    match text {
        "" | "off" => Ok(None),
        _ if text.contains('\0') => Err(format!("is {text:?}")),
        _ => Ok(Some(PathBuf::from(text))),
    }
}

pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() || text.contains('\0') {
        return Err(format!("is {text:?}"));
    }
    Ok(PathBuf::from(text))
}

pub(super) fn secret(text: &str) -> Result<Secret, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(Secret::new(text))
}

pub(super) fn database_url(text: &str) -> Result<DatabaseUrl, Problem> {
    if text.contains(char::is_control) {
        return Err(Problem::with_fix(
            "holds a control character",
            "remove it; in a user name or password, write it by its percent code",
        ));
    }
    if text.trim() != text && !text.trim().is_empty() {
        return Err(Problem::with_fix(
            format!("begins or ends with a space ({})", shown_url(text)),
            "remove the space",
        ));
    }
    if let Some(inside) = ['"', '\''].iter().find_map(|quote| inside(text, *quote)) {
        return Err(Problem::with_fix(
            format!("has quotes around it ({})", shown_url(inside)),
            "remove the quotes: they belong to the value here",
        ));
    }
    if let Some((_, variable)) = text.split_once("${") {
        let name = variable.split_once('}').map_or("", |(name, _)| name);
        let is_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        let name = match name {
            "" => "…",
            name if name.bytes().all(is_name) => name,
            _ => "…",
        };
        return Err(Problem::with_fix(
            format!("contains ${{{name}}}, which is not replaced by a variable here"),
            "write the value itself; in a user name or password, write $ as %24",
        ));
    }
    let text = &*with_usual_scheme(text);
    match Named::by(text) {
        Ok(_) => Ok(DatabaseUrl::new(text)),
        Err(error) => Err(Problem::with_fix(error.found(), error.fix())),
    }
}

/// Returns what is between two quotes, or behind one that is not closed.
fn inside(text: &str, quote: char) -> Option<&str> {
    let inside = text.strip_prefix(quote)?;
    Some(inside.strip_suffix(quote).unwrap_or(inside))
}

/// A URL without its password.
fn shown_url(text: &str) -> String {
    let text = text.trim();
    DatabaseUrl::new(&with_usual_scheme(text)).to_string()
}

/// Parses networks separated by commas. An address without a prefix is a network of one address.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let items = text.split(',').map(str::trim);
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    items.map(network).collect()
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("is {text:?}")),
    }
}

/// Origins, separated by commas. Each is kept once.
pub(super) fn origins(text: &str) -> Result<Vec<WebOrigin>, String> {
    let mut origins = Vec::new();
    if text.trim().is_empty() {
        return Ok(origins);
    }
    for item in text.split(',').map(str::trim) {
        let origin = item.parse();
        let origin = origin.map_err(|error| format!("contains {item:?}: {error}"))?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

fn network(item: &str) -> Result<IpNet, String> {
    let network = match item.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => item.parse().map_err(|_| format!("has {item:?} in it"))?,
    };
    Ok(canonical(network.trunc()))
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

pub(super) fn whole(text: &str, allowed: RangeInclusive<u32>) -> Result<u32, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits && allowed.contains(&number) => Ok(number),
        _ => Err(format!("is {text:?}")),
    }
}

/// Parses seconds with an optional fraction.
pub(super) fn seconds(text: &str, allowed: RangeInclusive<f64>) -> Result<Duration, String> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    match text.parse::<f64>() {
        Ok(seconds) if plain && allowed.contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("is {text:?}")),
    }
}

/// Parses seconds without a fraction.
pub(super) fn whole_seconds(text: &str, allowed: RangeInclusive<u32>) -> Result<Duration, String> {
    whole(text, allowed).map(|seconds| Duration::from_secs(seconds.into()))
}

pub(super) fn strategy(text: &str) -> Result<Strategy, String> {
    match text {
        "database" => Ok(Strategy::Database),
        "jwt" => Ok(Strategy::Jwt),
        _ => Err(format!("is {text:?}")),
    }
}

pub(super) fn strategy_name(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Database => "database",
        Strategy::Jwt => "jwt",
    }
}

pub(super) fn algorithm(text: &str) -> Result<Algorithm, String> {
    text.parse().map_err(|_| format!("is {text:?}"))
}

/// The schemes in their order, and the usual cost of the first one, which makes new hashes.
pub(super) fn schemes(text: &str) -> Result<(PasswordCost, Vec<Scheme>), String> {
    let mut schemes = Vec::new();
    for name in text.split(',').map(str::trim) {
        let scheme = Scheme::from_str(name).map_err(|_| format!("contains {name:?}"))?;
        if schemes.contains(&scheme) {
            return Err(format!("contains {scheme} twice"));
        }
        schemes.push(scheme);
    }
    let usual = schemes.first().copied().and_then(PasswordCost::of);
    let usual = usual.ok_or("starts with a scheme that cannot make new hashes")?;
    Ok((usual, schemes))
}

pub(super) fn cost(scheme: Scheme, text: &str) -> Result<PasswordCost, String> {
    PasswordCost::with(scheme, text).map_err(|error| format!("is {text:?}: {error}"))
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("is {text:?}")),
    }
}

/// `EnvFilter` takes any single word for the name of a module, and would log nothing for `inof`.
pub(super) fn log_level(text: &str) -> Result<String, Problem> {
    let lone = |part: &&str| !part.contains(['=', '[']);
    let no_level = |part: &&str| part.is_empty() || part.parse::<LevelFilter>().is_err();
    if let Some(part) = text.split(',').filter(lone).find(no_level) {
        return Err(unknown_level(part));
    }
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("is {text:?}: {error}").into()),
    }
}

fn unknown_level(level: &str) -> Problem {
    format!("has the unknown level {level:?}").into()
}

#[cfg(test)]
mod tests;
