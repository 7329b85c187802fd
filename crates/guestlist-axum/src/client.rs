//! Extracts the origin of a request for the session's record: address and device.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{header::USER_AGENT, request::Parts},
};
use guestlist::{Client, Guestlist};

/// The most characters of a `User-Agent` that are stored.
const DEVICE_CHARS: usize = 200;

/// The address of the client. A layer that knows the trusted proxies puts it into the request's
/// extensions. Without it, the peer address of the connection is used.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Extracts the client's address ([`ClientAddress`]) and the first 200 characters of its
/// `User-Agent`, for [`Session::client`](guestlist::Session::client). A missing value is `None`, and
/// so is the address behind an [`UnknownProxy`]. No request is refused.
#[derive(Clone, Debug)]
pub struct SentBy(pub Client);

/// Marks a request that a proxy passed on which the application does not trust, so that the peer
/// address of the connection is the proxy's. A layer that knows the trusted proxies puts it into the
/// request's extensions. The limits of networks do not apply to such a client, and security events
/// say that the address is the proxy's.
#[derive(Clone, Copy, Debug)]
pub struct UnknownProxy;

/// Extracts the [`Guestlist`] whose security events have the client of this request: see [`SentBy`]
/// and [`UnknownProxy`]. For handlers that change something.
#[derive(Clone, Debug)]
pub struct SeenFrom(pub Guestlist);

impl<S> FromRequestParts<S> for SeenFrom
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let guestlist = Guestlist::from_ref(state);
        Ok(Self(seen_from(&guestlist, parts)))
    }
}

/// Returns the `Guestlist` whose security events have the client of this request.
pub(crate) fn seen_from(guestlist: &Guestlist, parts: &Parts) -> Guestlist {
    let seen = guestlist.seen_from(client(parts));
    match parts.extensions.get::<UnknownProxy>() {
        Some(UnknownProxy) => seen.behind_unknown_proxy(),
        None => seen,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SentBy {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let is_unknown = parts.extensions.get::<UnknownProxy>().is_some();
        let client = client(parts);
        Ok(Self(Client {
            address: client.address.filter(|_| !is_unknown),
            ..client
        }))
    }
}

fn client(parts: &Parts) -> Client {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let known = parts
        .extensions
        .get::<ClientAddress>()
        .map(|address| address.0);
    let device = parts
        .headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    Client {
        device: device.map(|device| device.chars().take(DEVICE_CHARS).collect()),
        address: known.or_else(|| peer.map(|peer| peer.0.ip().to_canonical())),
    }
}
