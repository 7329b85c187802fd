//! Restricts the hosts that an application answers for (RFC 9110, section 7.2).
//!
//! The owner of `evil.example` can make that name resolve to the address of another application
//! (DNS rebinding). A browser then treats a page of `evil.example` as same-origin with the
//! application: neither CORS nor `Sec-Fetch-Site` stops its requests. But each of these requests
//! still names `evil.example`, so [`AllowedHosts`] refuses them.
//!
//! The request's host decides nothing else: no address in an answer is made from `Host`.

mod service;

use std::net::{IpAddr, SocketAddr};

use axum::http::{
    Request, Version,
    header::{HOST, ORIGIN},
};

use crate::{
    Problem,
    origin::{WebOrigin, WebOriginError},
};

pub use service::AllowedHostsService;

/// The local address on which a connection was accepted. The code that accepts connections puts it
/// into the request's extensions. With it, [`AllowedHosts`] allows requests that name the same IP
/// address.
#[derive(Clone, Copy, Debug)]
pub struct LocalAddress(pub SocketAddr);

/// Marks a request that names an allowed host and whose `Origin` names the same host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OriginNamesHost;

/// The hosts that requests may name; ports are ignored. Use it as a layer around all routes, or
/// call [`check`](Self::check) in a service of your own.
///
/// Allowed are:
///
/// - the host of the base URL;
/// - the hosts of [`allow`](Self::allow);
/// - every loopback name, with [`allow_loopback`](Self::allow_loopback);
/// - an IP address that equals the request's [`LocalAddress`].
///
/// Other requests are refused with 400 `invalid_host` or 421 `misdirected_request`.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    /// The host and port of the base URL, as requests name it: one comparison accepts nearly every
    /// request.
    authority: String,
    hosts: Vec<Host>,
    loopback: bool,
    exempt: fn(&str) -> bool,
    advice: &'static str,
}

/// A host without its port.
#[derive(Clone, Debug, PartialEq)]
enum Host {
    /// A name, in lower case.
    Name(String),
    /// An IP address; an IPv4-mapped one is stored as IPv4.
    Address(IpAddr),
}

impl AllowedHosts {
    /// Allows only the host of this base URL, such as `https://events.example.org`.
    ///
    /// # Errors
    ///
    /// Fails if the base URL is not an origin: scheme, host and port.
    pub fn of(base_url: &str) -> Result<Self, WebOriginError> {
        let origin: WebOrigin = base_url.parse()?;
        let (_, authority) = origin.as_str().split_once("://").ok_or(WebOriginError)?;
        Ok(Self {
            hosts: vec![Host::parse(authority).ok_or(WebOriginError)?],
            authority: authority.to_owned(),
            loopback: false,
            exempt: |_| false,
            advice: "this server does not answer for the host that the request names",
        })
    }

    /// Also allows these hosts: names, or IP addresses with IPv6 in brackets. A port is ignored,
    /// and so is a text that is not a host.
    #[must_use]
    pub fn allow<'a>(mut self, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        self.hosts.extend(hosts.into_iter().filter_map(Host::parse));
        self
    }

    /// With `true`, every name of this machine is allowed as well: `localhost`, names that end in
    /// `.localhost`, 127.0.0.0/8, `[::1]` and 0.0.0.0. Default: `false`.
    ///
    /// Set it only for an application that listens on a loopback address. It is safe there: an
    /// attacker cannot make a browser send one of these names for a page of another site (DNS
    /// rebinding).
    #[must_use]
    pub fn allow_loopback(mut self, loopback: bool) -> Self {
        self.loopback = loopback;
        self
    }

    /// Sets the paths that are not checked, such as a health check, whose requests may name any
    /// host. Default: none.
    #[must_use]
    pub fn except(mut self, path: fn(&str) -> bool) -> Self {
        self.exempt = path;
        self
    }

    /// Sets the text of the refusal 421, its `detail`. The text should name the setting that allows
    /// another host.
    #[must_use]
    pub fn advice(mut self, text: &'static str) -> Self {
        self.advice = text;
        self
    }

    /// Accepts a request that names an allowed host, and refuses others. If the request's `Origin`
    /// names this host, the request counts as coming from one of our own pages, even if the host is
    /// not the base URL's.
    ///
    /// The host is the authority of an absolute request target or of HTTP/2's `:authority`, or else
    /// the `Host` field. A request of HTTP/1.0 may have no host: no browser sends one. `local`
    /// returns the local address of the connection; it is called only if no other host matches.
    ///
    /// # Errors
    ///
    /// - 400 if an HTTP/1.1 request has no `Host` field, two of them, or an invalid one (RFC 9112,
    ///   section 3.2).
    /// - 400 if the field differs from HTTP/2's `:authority` (RFC 9113, section 8.3.1).
    /// - 421 if the host is not allowed (RFC 9110, section 15.5.20).
    pub fn check<B>(
        &self,
        request: &mut Request<B>,
        local: impl FnOnce(&Request<B>) -> Option<SocketAddr>,
    ) -> Result<(), Problem> {
        if (self.exempt)(request.uri().path()) {
            return Ok(());
        }
        let Some(named) = named_by(request)? else {
            return Ok(());
        };
        // An `Origin` of the base URL is known without `OriginNamesHost`.
        if named.eq_ignore_ascii_case(&self.authority) {
            return Ok(());
        }
        let host = Host::parse(named).ok_or_else(Problem::invalid_host)?;
        if !self.has(&host, local(request)) {
            return Err(Problem::misdirected_request(self.advice));
        }
        let origin = request
            .headers()
            .get(ORIGIN)
            .and_then(|value| value.to_str().ok());
        let origin = origin.and_then(|origin| origin.split_once("://"));
        if origin.is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(named)) {
            request.extensions_mut().insert(OriginNamesHost);
        }
        Ok(())
    }

    fn has(&self, host: &Host, local: Option<SocketAddr>) -> bool {
        let is_local = |local: SocketAddr| *host == Host::Address(local.ip().to_canonical());
        self.hosts.contains(host)
            || self.loopback && host.is_loopback()
            || local.is_some_and(is_local)
    }
}

/// Returns the host and optional port that a request names, or `None` for an HTTP/1.0 request
/// without a host.
fn named_by<B>(request: &Request<B>) -> Result<Option<&str>, Problem> {
    let mut fields = request.headers().get_all(HOST).iter();
    let (field, other) = (fields.next(), fields.next());
    let field = field.map(|field| field.to_str()).transpose();
    let (Ok(field), None) = (field, other) else {
        return Err(Problem::invalid_host());
    };
    let target = request.uri().authority().map(|target| target.as_str());
    let version = request.version();
    match (target, field) {
        (Some(target), Some(field)) if version > Version::HTTP_11 => {
            let same = target.eq_ignore_ascii_case(field);
            same.then_some(Some(target))
                .ok_or_else(Problem::invalid_host)
        }
        (_, None) if version == Version::HTTP_11 => Err(Problem::invalid_host()),
        (None, None) if version > Version::HTTP_11 => Err(Problem::invalid_host()),
        (target, field) => Ok(target.or(field)),
    }
}

impl Host {
    /// Parses `name`, `name:80`, `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]` or
    /// `[2001:db8::1]:80`. A user name in front is refused (RFC 9110, section 4.2.4).
    fn parse(text: &str) -> Option<Self> {
        if let Some(literal) = text.strip_prefix('[') {
            let (address, port) = literal.split_once(']')?;
            let address: IpAddr = address.parse().ok().filter(IpAddr::is_ipv6)?;
            return is_port(port).then_some(Self::Address(address.to_canonical()));
        }
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        if host.is_empty() || !host.bytes().all(plain) || !is_port(port) {
            return None;
        }
        Some(match host.parse() {
            Ok(address) => Self::Address(IpAddr::V4(address)),
            Err(_) => Self::Name(host.to_ascii_lowercase()),
        })
    }

    /// Whether every browser resolves this host to its own machine.
    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Address(IpAddr::V4(address)) => address.is_loopback() || address.is_unspecified(),
            Self::Address(IpAddr::V6(address)) => address.is_loopback(),
        }
    }
}

/// Whether `text` is empty, or a colon and optional digits (RFC 3986, section 3.2.3).
fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':').unwrap_or_default();
    let is_number = digits.is_empty() || digits.parse::<u16>().is_ok();
    text.is_empty()
        || text.starts_with(':') && digits.bytes().all(|b| b.is_ascii_digit()) && is_number
}

#[cfg(test)]
mod tests;
