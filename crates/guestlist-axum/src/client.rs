//! Extracts the origin of a request for the session's record: address and device.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header::USER_AGENT, request::Parts},
};
use guestlist::Client;

/// The most characters of a `User-Agent` that are stored.
const DEVICE_CHARS: usize = 200;

/// The address of the client. A layer that knows the trusted proxies puts it into the request's
/// extensions. Without it, the peer address of the connection is used.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Marks a request whose client has an unknown address: it came through a proxy that is not trusted,
/// so the peer address of the connection is the proxy's. A layer that knows the trusted proxies puts
/// it into the request's extensions. The limits of networks do not apply to such a client.
#[derive(Clone, Copy, Debug)]
pub struct UnknownAddress;

/// Extracts the client's address ([`ClientAddress`]) and the first 200 characters of its
/// `User-Agent`, for [`Session::client`](guestlist::Session::client). A missing value is `None`; no
/// request is refused.
#[derive(Clone, Debug)]
pub struct SentBy(pub Client);

impl<S: Send + Sync> FromRequestParts<S> for SentBy {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let known = parts
            .extensions
            .get::<ClientAddress>()
            .map(|address| address.0);
        let device = parts
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok());
        let is_unknown = parts.extensions.get::<UnknownAddress>().is_some();
        let address = known.or_else(|| peer.map(|peer| peer.0.ip().to_canonical()));
        Ok(Self(Client {
            device: device.map(|device| device.chars().take(DEVICE_CHARS).collect()),
            address: address.filter(|_| !is_unknown),
        }))
    }
}
