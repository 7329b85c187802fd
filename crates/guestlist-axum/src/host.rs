//! Which hosts an application answers for (RFC 9110, section 7.2).
//!
//! The owner of `evil.example` may let that name resolve to the address of somebody else's application
//! (DNS rebinding). A browser then takes a page of `evil.example` to be of the same origin as the
//! application: neither CORS nor `Sec-Fetch-Site` stops what it sends. But each of its requests still
//! names `evil.example`, and so [`AllowedHosts`] refuses them.
//!
//! What is allowed here decides nothing else: no address in an answer is ever made from `Host`.

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

pub use service::AtAllowedHosts;

/// The address of this machine on which a connection was accepted, put into a request's extensions by
/// whatever accepts connections. With it, [`AllowedHosts`] allows requests that name the same IP address.
#[derive(Clone, Copy, Debug)]
pub struct LocalAddress(pub SocketAddr);

/// Left with a request that names an allowed host and whose `Origin` names the same one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OriginNamesHost;

/// The hosts that requests may name, compared without their port. A layer around all routes, or
/// [`check`](Self::check) for a service that has its own.
///
/// Allowed are the host of the base URL, those of [`allow`](Self::allow), with
/// [`allow_loopback`](Self::allow_loopback) every name of this machine, and an IP address that equals the
/// request's [`LocalAddress`].
///
/// What it refuses: 400 `invalid_host`, 421 `misdirected_request`.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    /// As requests to the base URL name it, port included: the one comparison for nearly every request.
    authority: String,
    hosts: Vec<Host>,
    loopback: bool,
    exempt: fn(&str) -> bool,
    advice: &'static str,
}

/// A host without its port.
#[derive(Clone, Debug, PartialEq)]
enum Host {
    /// In lower case.
    Name(String),
    /// IPv4 where it has that form.
    Address(IpAddr),
}

impl AllowedHosts {
    /// The host of that base URL alone, such as `https://events.example.org`.
    ///
    /// # Errors
    ///
    /// If the base URL is not an origin: scheme, host and port.
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

    /// Allows these too: names, or IP addresses, IPv6 in brackets. A port does not count. What is not a
    /// host is left out.
    #[must_use]
    pub fn allow<'a>(mut self, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        self.hosts.extend(hosts.into_iter().filter_map(Host::parse));
        self
    }

    /// Whether every loopback name is allowed: `localhost`, names that end in `.localhost`, 127.0.0.0/8,
    /// `[::1]`, and 0.0.0.0. For an application that listens on loopback: nobody else can make such a
    /// name lead to it. Off by default.
    #[must_use]
    pub fn allow_loopback(mut self, loopback: bool) -> Self {
        self.loopback = loopback;
        self
    }

    /// Requests to these paths are not checked, such as those of a health check, which may name any host.
    /// None by default.
    #[must_use]
    pub fn except(mut self, path: fn(&str) -> bool) -> Self {
        self.exempt = path;
        self
    }

    /// What the refusal of another host says: best what its operator has to set.
    #[must_use]
    pub fn advice(mut self, text: &'static str) -> Self {
        self.advice = text;
        self
    }

    /// Lets a request through that names an allowed host. A browser's request from a page of that host then
    /// counts as made on a page of ours, also where it is not the base URL's.
    ///
    /// The host is the authority of an absolute request target or of HTTP/2's `:authority`, else the one
    /// `Host` field. A request of HTTP/1.0 may name none: no browser sends such. `local` finds the address of
    /// this machine on which the connection was accepted; it is asked only if no other host matches.
    ///
    /// # Errors
    ///
    /// 400 for no `Host` field in HTTP/1.1, two of them, or one that is no host (RFC 9112, section 3.2),
    /// and for one that differs from HTTP/2's `:authority` (RFC 9113, section 8.3.1). 421 for a host
    /// that is not allowed (RFC 9110, section 15.5.20).
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
        // Whoever names the base URL's has an `Origin` that is known anyhow.
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

/// The host and perhaps the port that a request names; `None` for a request of HTTP/1.0 without any.
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
    /// `name`, `name:80`, `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]` or `[2001:db8::1]:80`. A user in
    /// front of it is not a host's (RFC 9110, section 4.2.4).
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

    /// Whether it leads every browser to its own machine.
    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Address(IpAddr::V4(address)) => address.is_loopback() || address.is_unspecified(),
            Self::Address(IpAddr::V6(address)) => address.is_loopback(),
        }
    }
}

/// Nothing, or a colon and digits, which may be none (RFC 3986, section 3.2.3).
fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':').unwrap_or_default();
    let is_number = digits.is_empty() || digits.parse::<u16>().is_ok();
    text.is_empty()
        || text.starts_with(':') && digits.bytes().all(|b| b.is_ascii_digit()) && is_number
}

#[cfg(test)]
mod tests;
