//! Where a request came from, for the record of a session.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header::USER_AGENT, request::Parts},
};
use guestlist::Client;

/// More of a `User-Agent` tells nobody anything.
const DEVICE_CHARS: usize = 200;

/// The address of the client, put into a request's extensions by a layer that knows which proxies
/// to believe. Without it, the address the connection came from counts.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Extracts where a request came from. Never refuses one.
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
        Ok(Self(Client {
            device: device.map(|device| device.chars().take(DEVICE_CHARS).collect()),
            address: known.or_else(|| peer.map(|peer| peer.0.ip().to_canonical())),
        }))
    }
}
